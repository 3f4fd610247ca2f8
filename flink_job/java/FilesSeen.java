package ringwatch;

import java.io.File;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.core.fs.Path;

/**
 * The files of a source: how each was found, handed out or read.
 *
 * <p>A change of a file that waits for its turn is read with it; a later one is not read. The finder and the order of a
 * source share one object, which lives as long as the job's manager does: a path and a few numbers for each file. The
 * source has one reader: when that asks for a file, it has read the one before.
 */
class FilesSeen implements Serializable {
    private static final long serialVersionUID = 1;

    private final HashMap states = new HashMap(); // path -> FileState, as it was last seen before it was read
    private final HashSet waiting = new HashSet(); // paths
    private final HashSet begun = new HashSet(); // paths of files that the reader has, or had at the last checkpoint

    /** Takes a file that is found; returns how it was when it was read, now if it is to be read, null if it is new. */
    synchronized FileState found(String path, FileState now) {
        FileState before = (FileState) states.get(path);
        if (before == null) {
            states.put(path, now);
        } else if (waiting.contains(path)) {
            states.put(path, now.notShorterThan(before));
        }
        return waiting.contains(path) || begun.contains(path) ? now : before;
    }

    /** Takes a file that waits for its turn, for the first time or once more. */
    synchronized void waits(FileSourceSplit split) {
        String path = split.path().getPath();
        if (!states.containsKey(path)) {
            states.put(path, FileState.known(split.fileSize(), split.fileModificationTime()));
        }
        begun.remove(path);
        waiting.add(path);
    }

    /** Takes a file that is handed out; returns what is to be read, not less than was found of it. */
    synchronized FileState handedOut(FileSourceSplit split) {
        String path = split.path().getPath();
        waiting.remove(path);
        begun.add(path);
        FileState found = (FileState) states.get(path);
        FileState now = FileState.of(new File(path));
        if (now == null || split.getReaderPosition().isPresent()) {
            return found; // of a file that is begun, all changes count
        }
        states.put(path, now);
        return now.notShorterThan(found);
    }

    /** Takes what the reader had as read; returns, as splits, what changed meanwhile. */
    synchronized ArrayList finished() {
        ArrayList changes = new ArrayList();
        for (Iterator i = begun.iterator(); i.hasNext(); ) {
            String path = (String) i.next();
            FileState before = (FileState) states.get(path);
            File file = new File(path);
            FileState now = FileState.of(file);
            String change = now == null ? null : Change.of(before, now);
            if (change != null) {
                changes.add(Change.split("changed", new Path(file.toURI()), change, before.length, now.length));
                states.put(path, now);
            }
        }
        begun.clear();
        return changes;
    }
}
