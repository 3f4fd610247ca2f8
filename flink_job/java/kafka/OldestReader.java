package ringwatch.kafka;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaPartitionSplitReader;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/** Flink's reader of partitions, which goes on at the oldest record where Kafka has removed the next one. */
public class OldestReader extends KafkaPartitionSplitReader {
    private final Positions positions;

    public OldestReader(
            Properties properties, SourceReaderContext context, KafkaSourceReaderMetrics metrics, Positions positions) {
        super(properties, context, metrics);
        this.positions = positions;
    }

    public RecordsWithSplitIds fetch() throws IOException {
        try {
            return super.fetch();
        } catch (OffsetOutOfRangeException gone) {
            Iterator moves = positions.moves(gone).entrySet().iterator();
            while (moves.hasNext()) {
                Map.Entry move = (Map.Entry) moves.next();
                consumer().seek((TopicPartition) move.getKey(), ((Long) move.getValue()).longValue());
            }
            // empty, but it wakes the thread that hands the notices on
            return new RecordsBySplits(Collections.emptyMap(), Collections.emptySet());
        }
    }

    private KafkaConsumer consumer() throws IOException {
        try {
            Field consumer = KafkaPartitionSplitReader.class.getDeclaredField("consumer");
            consumer.setAccessible(true);
            return (KafkaConsumer) consumer.get(this);
        } catch (ReflectiveOperationException problem) {
            throw new IOException("Flink's Kafka reader has no field named consumer", problem);
        }
    }
}
