package ringwatch.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;

/** Flink's reader, which begins where there are records, and hands a notice on where that is not its position. */
public class PositionedReader implements SourceReader {
    private final SourceReader reader;
    private final Positions positions;

    public PositionedReader(SourceReader reader, Positions positions) {
        this.reader = reader;
        this.positions = positions;
    }

    /** Flink calls this with restored splits before the start, and later with those that were found. */
    public void addSplits(List splits) {
        reader.addSplits(positions.checked(splits));
    }

    public InputStatus pollNext(ReaderOutput output) throws Exception {
        String notice = positions.nextNotice();
        if (notice == null) {
            return reader.pollNext(output);
        }
        output.collect(notice);
        return InputStatus.MORE_AVAILABLE;
    }

    public CompletableFuture isAvailable() {
        return positions.hasNotice() ? CompletableFuture.completedFuture(null) : reader.isAvailable();
    }

    /** Returns the splits with their topics' ids; as long as its notice waits, a split keeps its old position. */
    public List snapshotState(long checkpoint) {
        ArrayList splits = new ArrayList();
        for (Object split : reader.snapshotState(checkpoint)) {
            splits.add(positions.inState((KafkaPartitionSplit) split));
        }
        splits.addAll(positions.withheld());
        return splits;
    }

    public void start() {
        reader.start();
    }

    public void notifyNoMoreSplits() {
        reader.notifyNoMoreSplits();
    }

    public void handleSourceEvents(SourceEvent event) {
        reader.handleSourceEvents(event);
    }

    public void pauseOrResumeSplits(Collection toPause, Collection toResume) {
        reader.pauseOrResumeSplits(toPause, toResume);
    }

    public void notifyCheckpointComplete(long checkpoint) throws Exception {
        reader.notifyCheckpointComplete(checkpoint);
    }

    public void notifyCheckpointAborted(long checkpoint) throws Exception {
        reader.notifyCheckpointAborted(checkpoint);
    }

    public void close() throws Exception {
        reader.close();
    }
}
