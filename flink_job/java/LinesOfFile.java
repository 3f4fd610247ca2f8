package ringwatch;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.IteratorResultIterator;
import org.apache.flink.connector.file.src.util.SingletonResultIterator;

/**
 * Reads the lines of one file, after those that were read before a restart.
 *
 * <p>A file that is gone, shorter than before or damaged does not end the job: a notice says so and the next file is
 * read.
 */
class LinesOfFile implements BulkFormat.Reader {
    private static final int BATCH = 1 << 20; // bytes that are read before a checkpoint may come between

    private final File file;
    private final FileSourceSplit split;
    private final ArrayList notices = new ArrayList();
    private Unpacked bytes; // null where there is nothing to read
    private LineCutter lines;
    private final FilesRead filesRead;
    private FileState opened;
    private boolean isRestored;
    private long read;

    LinesOfFile(FileSourceSplit split, long read, FilesRead filesRead) {
        this.file = new File(split.path().getPath());
        this.split = split;
        this.read = read;
        this.filesRead = filesRead;
    }

    void open(boolean isRestored) throws IOException {
        if (Change.isOne(split.path())) {
            String change = Change.told(split, filesRead);
            if (change != null) {
                notices.add(Notice.of(change));
            }
            return;
        }
        this.isRestored = isRestored;
        opened = FileState.of(file);
        if (!file.exists()) {
            if (file.getParentFile() != null && !file.getParentFile().exists()) {
                throw new IOException(file.getParent() + " is gone: is its disk mounted?");
            }
            missing(read, "is gone: its events after line " + read + " are missing");
            return;
        }
        bytes = new Unpacked(file);
        lines = new LineCutter(bytes);
        if (bytes.noLines() != null) {
            notices.add(Notice.of(file + " " + bytes.noLines()));
        }
        if (file.length() < split.fileSize()) {
            missing(read, "has " + file.length() + " bytes and had " + split.fileSize() + " when it was found: the rest is missing");
        }
        if (isRestored && bytes.noLines() == null) {
            skip();
        }
    }

    private void skip() throws IOException {
        long wanted = read;
        read = 0;
        while (read < wanted && lines.next() != null) {
            read++;
        }
        sayDamage();
        if (read < wanted) {
            missing(wanted, "has " + read + " lines and had at least " + wanted + " before the restart: it was cut or replaced, and nothing"
                    + " of it is read again");
        }
    }

    public BulkFormat.RecordIterator readBatch() throws IOException {
        if (notices.isEmpty() && lines != null) {
            ArrayList found = new ArrayList();
            long end = lines.bytesRead() + BATCH;
            for (String line = lines.next(); line != null; line = lines.bytesRead() < end ? lines.next() : null) {
                found.add(line);
            }
            long before = read;
            read += found.size();
            sayDamage();
            if (!found.isEmpty()) {
                return new IteratorResultIterator(found.iterator(), CheckpointedPosition.NO_OFFSET, before);
            }
        }
        if (notices.isEmpty()) {
            if (bytes != null) {
                filesRead.end(split, opened, bytes.packedRead(), !isRestored);
            }
            return null;
        }
        SingletonResultIterator notice = new SingletonResultIterator();
        notice.set(notices.remove(0), CheckpointedPosition.NO_OFFSET, read); // it is no line of the file
        return notice;
    }

    private void sayDamage() {
        String damage = bytes.takeDamage();
        if (damage != null) {
            missing(read, "is damaged after line " + read + " (" + damage + "): what follows is missing");
        }
    }

    private void missing(long position, String what) {
        notices.add(Notice.ofFile(file.getPath(), position, file + " " + what));
    }

    public void close() throws IOException {
        if (bytes != null) {
            bytes.close();
        }
    }
}
