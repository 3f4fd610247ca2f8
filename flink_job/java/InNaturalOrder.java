package ringwatch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Optional;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.assigners.FileSplitAssigner;

/** Hands out files one after the other, first come, first served. */
public class InNaturalOrder implements FileSplitAssigner {
    private final ArrayList waiting = new ArrayList();

    public InNaturalOrder(Collection initial) {
        addSplits(initial);
    }

    public Optional getNext(String host) {
        return waiting.isEmpty() ? Optional.empty() : Optional.of((FileSourceSplit) waiting.remove(0));
    }

    public void addSplits(Collection splits) {
        waiting.addAll(splits);
    }

    public Collection remainingSplits() {
        return waiting;
    }

    /** Makes the assigner of a source, at its start and after a restart. */
    public static class Provider implements FileSplitAssigner.Provider {
        public FileSplitAssigner create(Collection initial) {
            return new InNaturalOrder(initial);
        }
    }
}
