package ringwatch;

import java.io.File;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.core.fs.Path;

/**
 * A change that is not read. It goes to the reader as a file of a hidden name below the changed one.
 *
 * <p>Its split has the length of the file before, and as the file's size that of now.
 */
final class Change {
    static final String GROWN = ".has-grown-since";
    static final String REPLACED = ".was-replaced-since";
    static final String AFTER_CHECKPOINT = ".was-written-after-checkpoint";
    static final String UNLISTED = ".cannot-be-listed"; // a folder

    private Change() {}

    static boolean isOne(Path path) {
        String name = path.getName();
        return name.equals(GROWN) || name.equals(REPLACED) || name.equals(AFTER_CHECKPOINT) || name.equals(UNLISTED);
    }

    /** Returns the kind of a file's change, null if there is none. */
    static String of(FileState before, FileState now) {
        return now.isReplacementOf(before) ? REPLACED : now.hasGrownSince(before) ? GROWN : null;
    }

    static FileSourceSplit split(String id, Path changed, String kind, long lengthBefore, long length) {
        return new FileSourceSplit(id, new Path(changed, kind), 0, lengthBefore, 0, length);
    }

    /** Returns what to say of a change, null if it was said before, or the reader has read what is there now. */
    static String told(FileSourceSplit split, FilesRead read) {
        String kind = split.path().getName();
        File file = new File(split.path().getParent().getPath());
        if (kind.equals(UNLISTED)) {
            return file + " cannot be listed: its files are not read; mend its rights";
        }
        if (read.hasAll(file, kind.equals(REPLACED)) || !read.isFirst(split.path())) {
            return null;
        }
        if (kind.equals(REPLACED)) {
            return file + " was replaced or written anew after it was found, it had " + split.length() + " bytes and has " + split.fileSize()
                    + ": what is in it now is not read; write new events under another name and rename the file when it is whole";
        }
        boolean isGrown = kind.equals(GROWN) && split.length() < split.fileSize(); // else of a savepoint from before
        return file
                + (isGrown ? " has grown from " + split.length() + " to " + split.fileSize() + " bytes since it was found"
                        : " was written to after the checkpoint that the job began with")
                + ": what is written into a file after it was read is not read; write it under another name and rename it when it is whole";
    }
}
