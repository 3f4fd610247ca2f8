package ringwatch;

import java.io.File;
import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.core.fs.Path;

/**
 * To which end the reader has read files that changed meanwhile: so what it has read is not said to be missing.
 *
 * <p>Of other files nothing is kept: the order of the source knows how they were when it handed them out.
 */
class FilesRead implements Serializable {
    private static final long serialVersionUID = 1;

    private final HashMap ends = new HashMap(); // path -> End
    private final HashSet told = new HashSet(); // Path, of changes

    /** Takes a file that was read to its end, so many of its bytes. */
    void end(FileSourceSplit split, FileState opened, long bytes, boolean isWhole) {
        FileState now = FileState.of(new File(split.path().getPath()));
        boolean isSame = now != null && now.length == split.fileSize() && now.modified == split.fileModificationTime();
        if (opened != null && now != null && !(isSame && isWhole)) {
            ends.put(split.path().getPath(), new End(opened, now, bytes, isWhole));
        }
    }

    /** Returns whether all that is in a file now was read; from its first line on, if `isWhole`. */
    boolean hasAll(File file, boolean isWhole) {
        End end = (End) ends.get(file.getPath());
        FileState now = FileState.of(file);
        return end != null
                && now != null
                && (end.isWhole || !isWhole)
                && now.length <= end.bytes
                && !end.ended.isReplacementOf(end.opened)
                && !now.isReplacementOf(end.ended);
    }

    boolean isFirst(Path change) {
        return told.add(change);
    }

    private static class End implements Serializable {
        private static final long serialVersionUID = 1;

        final FileState opened;
        final FileState ended;
        final long bytes;
        final boolean isWhole;

        End(FileState opened, FileState ended, long bytes, boolean isWhole) {
            this.opened = opened;
            this.ended = ended;
            this.bytes = bytes;
            this.isWhole = isWhole;
        }
    }
}
