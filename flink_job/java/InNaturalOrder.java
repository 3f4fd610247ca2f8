package ringwatch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.assigners.FileSplitAssigner;

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
    private long next = 0;

    public InNaturalOrder(Collection initial) {
        addSplits(initial);
    }

    public Optional getNext(String host) {
        return waiting.isEmpty() ? Optional.empty() : Optional.of((FileSourceSplit) waiting.pollFirstEntry().getValue());
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
                waiting.put(Long.valueOf(number), split);
                next = Math.max(next, number + 1);
            } else if (!(split.path().getName().equals(Lines.GROWN) && paths.contains(split.path().getParent()))) {
                found.put(NaturalOrder.key(split.path().getPath()) + split.splitId(), split);
            }
        }
        for (Iterator i = found.values().iterator(); i.hasNext(); ) {
            FileSourceSplit split = (FileSourceSplit) i.next();
            waiting.put(Long.valueOf(next), numbered(split, next));
            next++;
        }
    }

    public Collection remainingSplits() {
        return new ArrayList(waiting.values());
    }

    private static FileSourceSplit numbered(FileSourceSplit split, long number) {
        return new FileSourceSplit(
                PREFIX + number,
                split.path(),
                split.offset(),
                split.length(),
                split.fileModificationTime(),
                split.fileSize(),
                split.hostnames(),
                (org.apache.flink.connector.file.src.util.CheckpointedPosition) split.getReaderPosition().orElse(null));
    }

    /** Makes the assigner of a source, at its start and after a restart. */
    public static class Provider implements FileSplitAssigner.Provider {
        private static final long serialVersionUID = 1;

        public FileSplitAssigner create(Collection initial) {
            return new InNaturalOrder(initial);
        }
    }
}
