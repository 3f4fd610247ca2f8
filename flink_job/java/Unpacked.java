package ringwatch;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.apache.flink.connector.file.src.compression.StandardDeCompressors;

/**
 * The bytes of a local file, unpacked by what they are, not by the file's name.
 *
 * <p>Packed bytes that make no sense are damage, and an end. A disk that fails is an error, and tried again.
 */
class Unpacked {
    private final Plain plain;
    private InputStream in; // null where nothing more can be read
    private String noLines;
    private String damage;

    Unpacked(File file) throws IOException {
        plain = new Plain(new FileInputStream(file));
        try {
            in = unpacked();
        } catch (IOException e) {
            plain.close();
            noteDamage(e);
        }
    }

    /** Returns the bytes of what was packed, null if they are no lines. */
    private InputStream unpacked() throws IOException {
        BufferedInputStream bytes = new BufferedInputStream(plain, 1 << 16);
        bytes.mark(8);
        byte[] head = new byte[8];
        int length = bytes.readNBytes(head, 0, 8);
        bytes.reset();
        String start = new String(head, 0, length, StandardCharsets.ISO_8859_1);
        if (start.startsWith("\u001f\u008b\b")) {
            return new GZIPInputStream(bytes, 1 << 16);
        } else if (start.startsWith("BZh") && start.endsWith("1AY&")) {
            return StandardDeCompressors.getDecompressorForExtension("bz2").create(bytes);
        }
        noLines = whyNoLines(start);
        return noLines == null ? bytes : null;
    }

    /** Returns what a file is in place of lines, null if they can be read; domain/unpacked.py says the same. */
    private static String whyNoLines(String start) {
        if (start.startsWith("PK\u0003\u0004")) {
            return "is no file of lines but a zip archive: unpack it";
        } else if (start.startsWith("PAR1")) {
            return "is no file of lines but a Parquet table: bring it in with ringwatch import, or name the files beside it";
        } else if (start.startsWith("\u00fd7zXZ")) {
            return "is packed as xz, which is not read: unpack it, or pack it with gzip";
        } else if (start.startsWith("(\u00b5/\u00fd")) {
            return "is packed as zst, which is not read: unpack it, or pack it with gzip";
        }
        return null;
    }

    /** Returns how many bytes of the file itself were read. */
    long packedRead() {
        return plain.count;
    }

    String noLines() {
        return noLines;
    }

    /** Reads bytes into a buffer and returns how many, 0 at the end and where damage begins. */
    int read(byte[] buffer) throws IOException {
        try {
            return in == null ? 0 : Math.max(0, in.read(buffer, 0, buffer.length));
        } catch (IOException e) {
            noteDamage(e);
            close();
            return 0;
        }
    }

    private void noteDamage(IOException e) throws IOException {
        if (plain.failed) {
            throw e;
        }
        damage = String.valueOf(e.getMessage());
    }

    /** Returns, once, why the packed bytes make no sense; null if they do so far. */
    String takeDamage() {
        String taken = damage;
        damage = null;
        return taken;
    }

    void close() throws IOException {
        plain.close();
        in = null;
    }

    /** The bytes of the file itself, which knows how many were read, and whether that has failed. */
    private static class Plain extends FilterInputStream {
        boolean failed = false;
        long count = 0;

        Plain(InputStream in) {
            super(in);
        }

        public int read() throws IOException {
            try {
                int one = in.read();
                count += one < 0 ? 0 : 1;
                return one;
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }

        public int read(byte[] to, int from, int length) throws IOException {
            try {
                int some = in.read(to, from, length);
                count += Math.max(0, some);
                return some;
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }
    }
}
