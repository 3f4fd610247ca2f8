package ringwatch.redis;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;

/** A connection to Redis that speaks RESP2; for one thread. */
public class Link implements Closeable {
    private static final int BUFFER = 1 << 16;
    private static final int LONGEST = 512 << 20; // of a text, what Redis itself allows
    private static final int MOST_PARTS = 1 << 24;
    private static final int DEEPEST = 32;

    private final Closeable connection;
    private final InputStream in;
    private final OutputStream out;
    private final Server server;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;
    private int longest = LONGEST;
    private long size;

    Link(Closeable connection, InputStream in, OutputStream out, Server server) {
        this.connection = connection;
        this.in = in;
        this.out = new BufferedOutputStream(out, BUFFER);
        this.server = server;
    }

    /** Keeps no more than so many bytes of a text in a reply; what follows them is read and left out. */
    public void cutTexts(int longest) {
        this.longest = longest;
    }

    /** Writes a command of String (sent as UTF-8), byte[] and Long. */
    public void send(Object[] words) throws IOException {
        head('*', words.length);
        for (int i = 0; i < words.length; i++) {
            byte[] word = words[i] instanceof byte[] ? (byte[]) words[i] : words[i].toString().getBytes(StandardCharsets.UTF_8);
            head('$', word.length);
            out.write(word);
            out.write('\r');
            out.write('\n');
        }
    }

    private void head(char kind, long number) throws IOException {
        out.write(kind);
        out.write(Long.toString(number).getBytes(StandardCharsets.US_ASCII));
        out.write('\r');
        out.write('\n');
    }

    public void flush() throws IOException {
        out.flush();
    }

    /** Sends a command and returns its reply. */
    public Object call(Object[] words) throws IOException {
        send(words);
        flush();
        return reply();
    }

    /**
     * Returns the next reply: String (a character per byte), Long, ArrayList or null.
     *
     * <p>Within a list an error is an element of it; the reply's own is thrown.
     */
    public Object reply() throws IOException {
        size = 0;
        Object found = part(0);
        if (found instanceof RedisError) {
            throw (RedisError) found;
        }
        return found;
    }

    /** Returns how many bytes of texts the last reply had, with those that were left out. */
    public long size() {
        return size;
    }

    private Object part(int depth) throws IOException {
        int kind = get();
        if (kind == '$') {
            return text(number());
        }
        if (kind == '*') {
            return list(number(), depth);
        }
        if (kind == ':') {
            return Long.valueOf(number());
        }
        if (kind == '+') {
            return line();
        }
        if (kind == '-') {
            return error(line());
        }
        throw new IOException("what answers is no Redis: a reply begins with byte " + kind);
    }

    private RedisError error(String said) {
        RedisError error = new RedisError(said);
        return server == null ? error : server.understood(error);
    }

    private ArrayList list(long length, int depth) throws IOException {
        if (length < 0) {
            return null;
        }
        if (length > MOST_PARTS || depth > DEEPEST) {
            throw new IOException("what answers is no Redis: a reply has " + length + " parts");
        }
        ArrayList parts = new ArrayList((int) Math.min(length, 1024));
        for (long i = 0; i < length; i++) {
            parts.add(part(depth + 1));
        }
        return parts;
    }

    private String text(long length) throws IOException {
        if (length < 0) {
            return null;
        }
        if (length > LONGEST) {
            throw new IOException("what answers is no Redis: a text has " + length + " bytes");
        }
        size += length;
        int kept = (int) Math.min(length, longest);
        String found;
        if (kept <= end - at) {
            found = new String(buffer, at, kept, StandardCharsets.ISO_8859_1);
            at += kept;
        } else {
            found = new String(bytes(kept), StandardCharsets.ISO_8859_1);
        }
        skip(length - kept + 2);
        return found;
    }

    private byte[] bytes(int length) throws IOException {
        byte[] found = new byte[length];
        int have = Math.min(length, end - at);
        System.arraycopy(buffer, at, found, 0, have);
        at += have;
        while (have < length) {
            int read = in.read(found, have, length - have);
            if (read < 0) {
                throw new EOFException("Redis has closed the connection");
            }
            have += read;
        }
        return found;
    }

    private void skip(long length) throws IOException {
        for (long left = length; left > 0; ) {
            if (at == end) {
                fill();
            }
            int step = (int) Math.min(left, end - at);
            at += step;
            left -= step;
        }
    }

    private int get() throws IOException {
        if (at == end) {
            fill();
        }
        return buffer[at++] & 0xff;
    }

    private void fill() throws IOException {
        int read = in.read(buffer, 0, BUFFER);
        if (read <= 0) {
            throw new EOFException("Redis has closed the connection");
        }
        at = 0;
        end = read;
    }

    private long number() throws IOException {
        long number = 0;
        int c = get();
        boolean minus = c == '-';
        if (minus) {
            c = get();
        }
        while (c != '\r') {
            if (c < '0' || c > '9') {
                throw new IOException("what answers is no Redis: a number holds byte " + c);
            }
            number = number * 10 + (c - '0');
            c = get();
        }
        get();
        return minus ? -number : number;
    }

    private String line() throws IOException {
        StringBuilder found = new StringBuilder();
        for (int c = get(); c != '\r'; c = get()) {
            if (found.length() < BUFFER) {
                found.append((char) c);
            }
        }
        get();
        return found.toString();
    }

    public void close() {
        try {
            connection.close();
        } catch (IOException gone) {
            // it was lost before
        }
    }
}
