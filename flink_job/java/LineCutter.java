package ringwatch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Cuts bytes into lines, a character per byte, as domain/unpacked.py does: a line ends at LF or CRLF.
 *
 * <p>A CR alone ends no line: in JSON it is white space.
 */
class LineCutter {
    private static final int LONGEST = 1 << 20; // characters of a line that are kept, many more than an event may have

    private final Unpacked bytes;
    private final byte[] buffer = new byte[1 << 16];
    private final StringBuilder cut = new StringBuilder(); // the begin of a line that reaches over the buffer's end
    private int at = 0;
    private int end = 0;
    private boolean isInLine = false;
    private long bytesRead = 0;

    LineCutter(Unpacked bytes) {
        this.bytes = bytes;
    }

    long bytesRead() {
        return bytesRead;
    }

    /** Returns the next line without its end, null where there is none. */
    String next() throws IOException {
        while (at < end || fill()) {
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            if (at < end) {
                return ended(from, at++);
            }
            isInLine = true;
            keep(text(from, end));
        }
        return isInLine ? taken() : null; // the last line may have no end
    }

    private boolean fill() throws IOException {
        at = 0;
        end = 0; // also where the next statement fails
        end = bytes.read(buffer);
        bytesRead += end;
        return end > 0;
    }

    /** Returns the line whose LF is at `feed` of the buffer. */
    private String ended(int from, int feed) {
        if (feed > from) {
            String text = text(from, buffer[feed - 1] == '\r' ? feed - 1 : feed);
            return isInLine ? taken(text) : text;
        }
        int last = cut.length() - 1;
        if (last >= 0 && cut.charAt(last) == '\r') {
            cut.setLength(last); // the CR was the last byte of the buffer before
        }
        return taken();
    }

    private String text(int from, int to) {
        return new String(buffer, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private String taken(String rest) {
        keep(rest);
        return taken();
    }

    private String taken() {
        String line = cut.toString();
        cut.setLength(0);
        isInLine = false;
        return line;
    }

    private void keep(String text) {
        cut.append(text, 0, Math.min(text.length(), LONGEST - cut.length()));
    }
}
