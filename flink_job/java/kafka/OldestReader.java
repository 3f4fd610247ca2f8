package ringwatch.kafka;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaPartitionSplitReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.Metadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Flink's reader of partitions, which goes on at the oldest record where Kafka has removed the next one, or where the
 * topic was made anew.
 */
public class OldestReader extends KafkaPartitionSplitReader {
    private final Positions positions;
    private final KafkaConsumer consumer;
    private final Metadata metadata;
    private Map topicIds; // those that all partitions are known to be of

    public OldestReader(
            Properties properties, SourceReaderContext context, KafkaSourceReaderMetrics metrics, Positions positions)
            throws IOException {
        super(properties, context, metrics);
        this.positions = positions;
        this.consumer = (KafkaConsumer) field(KafkaPartitionSplitReader.class, this, "consumer");
        Object delegate = field(KafkaConsumer.class, consumer, "delegate");
        this.metadata = (Metadata) field(delegate.getClass(), delegate, "metadata");
    }

    private static Object field(Class owner, Object of, String name) throws IOException {
        try {
            Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException problem) {
            throw new IOException(owner.getName() + " has no field named " + name, problem);
        }
    }

    public RecordsWithSplitIds fetch() throws IOException {
        try {
            RecordsWithSplitIds found = super.fetch();
            return isMadeAnew() ? moved(positions.moves(places(found)), found.finishedSplits()) : found;
        } catch (OffsetOutOfRangeException gone) {
            return moved(positions.movesAfter(gone), Collections.emptySet());
        }
    }

    /**
     * Returns whether the topic has another id than it had. Kafka's client goes on at the old position there.
     *
     * <p>It fetches by the id, so it knows the new one before the first record of the new topic is here.
     */
    private boolean isMadeAnew() {
        Map seen = metadata.topicIds();
        if (seen == topicIds) {
            return false;
        }
        if (positions.isAnew(consumer.assignment(), seen)) {
            return true; // and again, until all partitions are moved
        }
        topicIds = seen;
        return false;
    }

    /** Returns the positions before a fetch, by partition; its records are used up. */
    private Map places(RecordsWithSplitIds found) {
        HashMap places = new HashMap();
        for (Object partition : consumer.assignment()) {
            places.put(partition, Long.valueOf(place((TopicPartition) partition)));
        }
        while (found.nextSplit() != null) {
            ConsumerRecord first = (ConsumerRecord) found.nextRecordFromSplit();
            if (first != null) {
                places.replace(new TopicPartition(first.topic(), first.partition()), Long.valueOf(first.offset()));
            }
        }
        return places;
    }

    private long place(TopicPartition partition) {
        try {
            return consumer.position(partition);
        } catch (WakeupException woken) { // Flink woke a fetch; that is over
            return consumer.position(partition);
        }
    }

    private RecordsWithSplitIds moved(Collection moves, Set finished) {
        HashMap records = new HashMap();
        for (Object each : moves) {
            Moved move = (Moved) each;
            consumer.seek(move.topicPartition(), move.offset());
            records.put(KafkaPartitionSplit.toSplitId(move.topicPartition()), Collections.singletonList(move));
        }
        return new RecordsBySplits(records, finished);
    }
}
