package ringwatch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Cuts bytes into lines, a character per byte, at the ends that BufferedReader knows. */
class LineCutter {
    private static final int LONGEST = 1 << 20; // characters of a line that are kept, many more than an event may have

    private final Unpacked bytes;
    private final byte[] buffer = new byte[1 << 16];
    private final StringBuilder cut = new StringBuilder(); // the begin of a line that reaches over the buffer's end
    private int at = 0;
    private int end = 0;
    private boolean afterReturn = false;
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
        while (true) {
            if (at == end && !fill()) {
                return isInLine ? taken("") : null;
            }
            if (afterReturn) {
                afterReturn = false;
                if (buffer[at] == '\n') {
                    at++;
                    continue;
                }
            }
            int from = at;
            while (at < end && buffer[at] != '\n' && buffer[at] != '\r') {
                at++;
            }
            String text = new String(buffer, from, at - from, StandardCharsets.ISO_8859_1);
            if (at < end) {
                afterReturn = buffer[at] == '\r';
                at++;
                return isInLine ? taken(text) : text;
            }
            isInLine = true;
            keep(text);
        }
    }

    private boolean fill() throws IOException {
        at = 0;
        end = 0; // also where the next statement fails
        end = bytes.read(buffer);
        bytesRead += end;
        return end > 0;
    }

    private String taken(String rest) {
        keep(rest);
        String line = cut.toString();
        cut.setLength(0);
        isInLine = false;
        return line;
    }

    private void keep(String text) {
        cut.append(text, 0, Math.min(text.length(), LONGEST - cut.length()));
    }
}
