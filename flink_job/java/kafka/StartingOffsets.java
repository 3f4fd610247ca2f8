package ringwatch.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/** Where a source without a checkpoint begins; Kafka's client never chooses another position by itself. */
public class StartingOffsets implements OffsetsInitializer {
    private final OffsetsInitializer offsets;
    private final HashMap fixed;

    public StartingOffsets(OffsetsInitializer offsets) {
        this.offsets = offsets;
        this.fixed = null;
    }

    /** Begins at offsets by partition; what is not among them is new and read from its oldest record. */
    public StartingOffsets(Map fixed) {
        this.offsets = null;
        this.fixed = new HashMap(fixed);
    }

    public Map getPartitionOffsets(Collection partitions, OffsetsInitializer.PartitionOffsetsRetriever retriever) {
        if (fixed == null) {
            return offsets.getPartitionOffsets(partitions, retriever);
        }
        HashMap found = new HashMap();
        for (Object partition : partitions) {
            Object offset = fixed.get(Integer.valueOf(((TopicPartition) partition).partition()));
            found.put(partition, offset == null ? Long.valueOf(KafkaPartitionSplit.EARLIEST_OFFSET) : offset);
        }
        return found;
    }

    public OffsetResetStrategy getAutoOffsetResetStrategy() {
        return OffsetResetStrategy.NONE;
    }
}
