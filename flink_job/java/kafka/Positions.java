package ringwatch.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/**
 * The positions of one reader, held against what Kafka has; both the reader's thread and its fetcher's ask.
 *
 * <p>A position that is gone moves to the oldest record, and a notice says so.
 */
public class Positions {
    private final Properties properties;
    private final String clientId;
    /** The id of the topic that a position of the state belongs to, by partition. */
    private final ConcurrentHashMap topicIds = new ConcurrentHashMap();
    /** The id that the topic had when the partition was asked for last, by partition. */
    private final ConcurrentHashMap asked = new ConcurrentHashMap();
    /** Of restored positions; those of a running job come in their place between the records. */
    private final ConcurrentLinkedQueue notices = new ConcurrentLinkedQueue();
    /** Splits as they were restored, by id, whose notice has not been handed on. */
    private final HashMap unsaid = new HashMap();
    /** Splits of partitions that are not there: they stay in the state for the case that they come back. */
    private final ArrayList withheld = new ArrayList();

    public Positions(Properties properties, int subtask) {
        this.properties = properties;
        this.clientId = properties.getProperty("client.id.prefix") + "-" + subtask + "-positions";
    }

    /** Returns splits that begin where Kafka has records, or where the next one will be. */
    public List checked(List splits) {
        HashSet partitions = new HashSet();
        for (Object split : splits) {
            partitions.add(((KafkaPartitionSplit) split).getTopicPartition());
        }
        Broker broker = new Broker(properties, clientId);
        try {
            broker.ask(partitions);
            ArrayList found = new ArrayList();
            for (Object split : splits) {
                KafkaPartitionSplit moved = checked((KafkaPartitionSplit) split, broker);
                if (moved != null) {
                    found.add(moved);
                }
            }
            return found;
        } finally {
            broker.close();
        }
    }

    private KafkaPartitionSplit checked(KafkaPartitionSplit split, Broker broker) {
        TopicPartition partition = split.getTopicPartition();
        if (!broker.holds(partition)) {
            withheld.add(split);
            say(Notice.ofPartition(partition, split.getStartingOffset(), broker.partitions(partition)), split);
            return null;
        }
        long position = split.getStartingOffset();
        if (position == KafkaPartitionSplit.COMMITTED_OFFSET) {
            position = broker.committed(partition);
        } else if (position < 0) {
            position = broker.oldest(partition);
        }
        topicIds.put(partition, broker.topicId(partition));
        asked.put(partition, broker.topicId(partition));
        Notice notice = Notice.of(partition, position, PositionedSplit.topicId(split), broker);
        if (notice == null) {
            return PositionedSplit.of(split, position, broker.topicId(partition));
        }
        say(notice, split);
        return PositionedSplit.of(split, notice.goesOnAt, broker.topicId(partition));
    }

    /** Returns whether a topic has another id (topic -> Uuid) than when its partitions were asked for. */
    public boolean isAnew(Set partitions, Map ids) {
        for (Object partition : partitions) {
            Object id = ids.get(((TopicPartition) partition).topic());
            if (id != null && Notice.isOther((String) asked.get(partition), id.toString())) {
                return true;
            }
        }
        return false;
    }

    /** Returns where to go on after Kafka's client has found positions gone. */
    public List movesAfter(OffsetOutOfRangeException gone) {
        Map kept = gone instanceof LogTruncationException ? ((LogTruncationException) gone).divergentOffsets() : Collections.emptyMap();
        return moves(gone.offsetOutOfRangePartitions(), kept);
    }

    /** Returns where to go on in the place of these positions, by partition. */
    public List moves(Map places) {
        return moves(places, Collections.emptyMap());
    }

    private List moves(Map places, Map kept) {
        Broker broker = new Broker(properties, clientId);
        try {
            broker.ask(places.keySet());
            ArrayList moves = new ArrayList();
            for (Object partition : places.keySet()) {
                long position = ((Number) places.get(partition)).longValue();
                moves.add(move((TopicPartition) partition, position, (OffsetAndMetadata) kept.get(partition), broker));
            }
            return moves;
        } finally {
            broker.close();
        }
    }

    private Moved move(TopicPartition partition, long position, OffsetAndMetadata kept, Broker broker) {
        Object known = asked.put(partition, broker.topicId(partition));
        if (!broker.holds(partition)) {
            // should it come back, its records begin there or later
            return new Moved(partition, 0, Notice.ofPartition(partition, position, broker.partitions(partition)), broker.topicId(partition));
        }
        Notice notice = kept == null
                ? Notice.of(partition, position, (String) known, broker)
                : Notice.ofLostTail(partition, position, kept.offset());
        return new Moved(partition, notice == null ? position : notice.goesOnAt, notice, broker.topicId(partition));
    }

    /** Notes that what follows comes from a new position. */
    public void arrived(Moved moved) {
        topicIds.put(moved.topicPartition(), moved.topicId);
    }

    private void say(Notice notice, KafkaPartitionSplit restored) {
        unsaid.put(restored.splitId(), restored);
        notices.add(notice);
    }

    public boolean hasNotice() {
        return !notices.isEmpty();
    }

    /** Returns the next notice as the source hands it on, null if there is none. */
    public String nextNotice() {
        Notice notice = (Notice) notices.poll();
        if (notice == null) {
            return null;
        }
        unsaid.remove(KafkaPartitionSplit.toSplitId(notice.partition));
        return notice.text();
    }

    /** Returns the split as a checkpoint keeps it. */
    public KafkaPartitionSplit inState(KafkaPartitionSplit split) {
        Object restored = unsaid.get(split.splitId());
        if (restored != null) {
            return (KafkaPartitionSplit) restored;
        }
        Object topicId = topicIds.get(split.getTopicPartition());
        return PositionedSplit.of(split, split.getStartingOffset(), topicId == null ? "" : (String) topicId);
    }

    public Collection withheld() {
        return withheld;
    }
}
