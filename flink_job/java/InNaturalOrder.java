package ringwatch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.assigners.FileSplitAssigner;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.core.fs.Path;

/**
 * Hands out files one after the other, in the natural order of their names; what is found later comes later.
 *
 * <p>Each file gets its number in the order as its split's id. So a file that comes back from a reader takes its place
 * again, and the list of a checkpoint keeps its order. Splits of savepoints from before have ids of Flink's own: they
 * are sorted as if they were found now.
 */
public class InNaturalOrder implements FileSplitAssigner {
    private static final String PREFIX = "in-order-";

    private final TreeMap waiting = new TreeMap(); // Long, its number -> FileSourceSplit
    private final FilesSeen seen;
    private long next = 0;

    private InNaturalOrder(FilesSeen seen, Collection initial) {
        this.seen = seen;
        addSplits(initial);
    }

    /** Returns the next file. What changed in a file while it was read is added: the reader knows what it has read. */
    public Optional getNext(String host) {
        for (Iterator i = seen.finished().iterator(); i.hasNext(); ) {
            add((FileSourceSplit) i.next());
        }
        return waiting.isEmpty() ? Optional.empty() : Optional.of(handedOut((FileSourceSplit) waiting.pollFirstEntry().getValue()));
    }

    private FileSourceSplit handedOut(FileSourceSplit split) {
        if (Change.isOne(split.path())) {
            return split;
        }
        FileState state = seen.handedOut(split);
        return split.getReaderPosition().isPresent() ? split : copy(split, split.splitId(), state.length, state.modified);
    }

    public void addSplits(Collection splits) {
        TreeMap found = new TreeMap(); // String, the key of its path and its id -> FileSourceSplit
        HashSet paths = new HashSet(); // of files that are still to be read
        for (Iterator i = splits.iterator(); i.hasNext(); ) {
            paths.add(((FileSourceSplit) i.next()).path());
        }
        for (Iterator i = splits.iterator(); i.hasNext(); ) {
            FileSourceSplit split = (FileSourceSplit) i.next();
            if (split.splitId().startsWith(PREFIX)) {
                long number = Long.parseLong(split.splitId().substring(PREFIX.length()));
                put(number, split);
                next = Math.max(next, number + 1);
            } else if (!(Change.isOne(split.path()) && paths.contains(split.path().getParent()))) {
                found.put(NaturalOrder.key(split.path().getPath()) + split.splitId(), split);
            }
        }
        for (Iterator i = found.values().iterator(); i.hasNext(); ) {
            add((FileSourceSplit) i.next());
        }
    }

    private void add(FileSourceSplit split) {
        put(next, copy(split, PREFIX + next, split.length(), split.fileModificationTime()));
        next++;
    }

    private void put(long number, FileSourceSplit split) {
        waiting.put(Long.valueOf(number), split);
        if (!Change.isOne(split.path())) {
            seen.waits(split);
        }
    }

    public Collection remainingSplits() {
        return new ArrayList(waiting.values());
    }

    private static FileSourceSplit copy(FileSourceSplit split, String id, long length, long modified) {
        return new FileSourceSplit(
                id,
                split.path(),
                split.offset(),
                length,
                modified,
                Change.isOne(split.path()) ? split.fileSize() : length,
                split.hostnames(),
                (CheckpointedPosition) split.getReaderPosition().orElse(null));
    }

    /** Makes the assigner of a source, at its start and after a restart. */
    public static class Provider implements FileSplitAssigner.Provider {
        private static final long serialVersionUID = 2;

        private final FilesSeen seen;

        Provider(FilesSeen seen) {
            this.seen = seen;
        }

        public FileSplitAssigner create(Collection initial) {
            return new InNaturalOrder(seen, initial);
        }
    }
}
