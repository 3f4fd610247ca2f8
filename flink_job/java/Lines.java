package ringwatch;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.zip.GZIPInputStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.compression.StandardDeCompressors;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.IteratorResultIterator;
import org.apache.flink.connector.file.src.util.SingletonResultIterator;

/**
 * Reads the lines of a local file, a character per byte; compressed ones by what they are, not by their name.
 *
 * <p>A file that is gone, shorter than before or damaged does not end the job: a notice says so and the next file is
 * read. The position of a checkpoint is the number of lines read, as Flink's own text format counts them.
 */
public class Lines implements BulkFormat {
    public static final String GROWN = ".has-grown-since";

    private static final long serialVersionUID = 1;
    private static final int BATCH = 1 << 20; // bytes that are read before a checkpoint may come between
    private static final int LONGEST = 1 << 20; // characters of a line that are kept, many more than an event may have

    public BulkFormat.Reader createReader(Configuration config, FileSourceSplit split) throws IOException {
        return opened(split, 0, false);
    }

    public BulkFormat.Reader restoreReader(Configuration config, FileSourceSplit split) throws IOException {
        CheckpointedPosition position = (CheckpointedPosition) split.getReaderPosition().get();
        return opened(split, position.getRecordsAfterOffset(), true);
    }

    public boolean isSplittable() {
        return false;
    }

    public TypeInformation getProducedType() {
        return Types.STRING;
    }

    private static Reader opened(FileSourceSplit split, long linesBefore, boolean isRestored) throws IOException {
        Reader reader = new Reader(split, linesBefore);
        try {
            reader.open(isRestored);
            return reader;
        } catch (IOException e) {
            reader.close();
            throw e;
        }
    }

    /** The lines of one file, after those that were read before a restart. */
    private static class Reader implements BulkFormat.Reader {
        private final File file;
        private final FileSourceSplit split;
        private final ArrayList notices = new ArrayList();
        private final byte[] buffer = new byte[1 << 16];
        private final StringBuilder cut = new StringBuilder(); // the begin of a line that reaches over the buffer's end
        private Plain plain;
        private InputStream in;
        private int at = 0;
        private int end = 0;
        private boolean afterReturn = false;
        private boolean isInLine = false;
        private long read;
        private long inBatch;

        Reader(FileSourceSplit split, long read) {
            String path = split.path().getPath();
            boolean isNotice = path.endsWith("/" + GROWN);
            this.file = new File(isNotice ? path.substring(0, path.length() - GROWN.length() - 1) : path);
            this.split = split;
            this.read = read;
            if (isNotice) {
                String since = split.length() < split.fileSize()
                        ? " has grown from " + split.length() + " to " + split.fileSize() + " bytes since it was found"
                        : " was written to after the checkpoint that the job began with";
                notices.add(Notice.of(file + since + ": what is written into a file after it was read is not read; write it under another name and rename it"
                        + " when it is whole"));
            }
        }

        void open(boolean isRestored) throws IOException {
            if (!notices.isEmpty()) {
                return;
            }
            if (!file.exists()) {
                if (file.getParentFile() != null && !file.getParentFile().exists()) {
                    throw new IOException(file.getParent() + " is gone: is its disk mounted?");
                }
                missing(read, "is gone: its events after line " + read + " are missing");
                return;
            }
            plain = new Plain(new FileInputStream(file));
            in = unpacked();
            if (file.length() < split.fileSize()) {
                missing(read, "has " + file.length() + " bytes and had " + split.fileSize() + " when it was found: the rest is missing");
            }
            if (isRestored && in != null) {
                skip();
            }
        }

        private void missing(long position, String what) {
            notices.add(Notice.ofFile(file.getPath(), position, file + " " + what));
        }

        /** Returns the bytes of what was packed; null and a notice for what cannot be read. */
        private InputStream unpacked() throws IOException {
            BufferedInputStream bytes = new BufferedInputStream(plain, 1 << 16);
            bytes.mark(8);
            byte[] head = new byte[8];
            int length = bytes.readNBytes(head, 0, 8);
            bytes.reset();
            String start = new String(head, 0, length, StandardCharsets.ISO_8859_1);
            try {
                if (start.startsWith("\u001f\u008b\b")) {
                    return new GZIPInputStream(bytes, 1 << 16);
                } else if (start.startsWith("BZh") && start.endsWith("1AY&")) {
                    return StandardDeCompressors.getDecompressorForExtension("bz2").create(bytes);
                }
            } catch (IOException e) {
                damaged(e);
                return null;
            }
            String why = whyNoLines(start);
            if (why == null) {
                return bytes;
            }
            notices.add(Notice.of(file + " " + why));
            return null;
        }

        /** Returns what a file is in place of lines, null if they can be read; domain/unpacked.py says the same. */
        private static String whyNoLines(String start) {
            if (start.startsWith("PK\u0003\u0004")) {
                return "is no file of lines but a zip archive: unpack it";
            } else if (start.startsWith("PAR1")) {
                return "is no file of lines but a Parquet table: bring it in with ringwatch import";
            } else if (start.startsWith("\u00fd7zXZ")) {
                return "is packed as xz, which is not read: unpack it, or pack it with gzip";
            } else if (start.startsWith("(\u00b5/\u00fd")) {
                return "is packed as zst, which is not read: unpack it, or pack it with gzip";
            }
            return null;
        }

        /** Notes that the packed bytes make no sense; a disk that fails is an error, and tried again. */
        private void damaged(IOException e) throws IOException {
            if (plain.failed) {
                throw e;
            }
            missing(read, "is damaged after line " + read + " (" + e.getMessage() + "): what follows is missing");
        }

        private void skip() throws IOException {
            long wanted = read;
            read = 0;
            while (in != null && read < wanted && line() != null) {
                read++;
            }
            if (read < wanted) {
                missing(wanted, "has " + read + " lines and had at least " + wanted + " before the restart: it was cut or replaced, and nothing"
                        + " of it is read again");
            }
        }

        public BulkFormat.RecordIterator readBatch() throws IOException {
            ArrayList lines = new ArrayList();
            if (notices.isEmpty() && in != null) {
                inBatch = 0;
                for (String line = line(); line != null; line = inBatch < BATCH ? line() : null) {
                    lines.add(line);
                }
            }
            if (!lines.isEmpty()) {
                BulkFormat.RecordIterator batch = new IteratorResultIterator(lines.iterator(), CheckpointedPosition.NO_OFFSET, read);
                read += lines.size();
                return batch;
            }
            if (notices.isEmpty()) {
                return null;
            }
            SingletonResultIterator notice = new SingletonResultIterator();
            notice.set(notices.remove(0), CheckpointedPosition.NO_OFFSET, read); // it is no line of the file
            return notice;
        }

        /** Returns the next line without its end (as BufferedReader has it), null at the end of the file. */
        private String line() throws IOException {
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

        private boolean fill() throws IOException {
            at = 0;
            end = 0;
            try {
                end = in == null ? 0 : Math.max(0, in.read(buffer, 0, buffer.length));
            } catch (IOException e) {
                damaged(e);
                close();
            }
            inBatch += end;
            return end > 0;
        }

        public void close() throws IOException {
            if (plain != null) {
                plain.close();
            }
            in = null;
        }
    }

    /** The bytes of the file itself, which knows whether reading them has failed. */
    private static class Plain extends FilterInputStream {
        boolean failed = false;

        Plain(InputStream in) {
            super(in);
        }

        public int read() throws IOException {
            try {
                return in.read();
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }

        public int read(byte[] to, int from, int length) throws IOException {
            try {
                return in.read(to, from, length);
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }
    }
}
