package ringwatch.kafka;

import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitState;

/** Hands records on as Flink's emitter does, and where a partition was moved its notice. */
public class PositionedEmitter implements RecordEmitter {
    private final RecordEmitter emitter;
    private final Positions positions;

    public PositionedEmitter(RecordEmitter emitter, Positions positions) {
        this.emitter = emitter;
        this.positions = positions;
    }

    /** The position of the state, and the topic that it is of, change here: a checkpoint finds both or neither. */
    public void emitRecord(Object record, SourceOutput output, Object state) throws Exception {
        if (!(record instanceof Moved)) {
            emitter.emitRecord(record, output, state);
            return;
        }
        Moved moved = (Moved) record;
        if (moved.notice != null) {
            output.collect(moved.notice.text());
        }
        ((KafkaPartitionSplitState) state).setCurrentOffset(moved.offset());
        positions.arrived(moved);
    }
}
