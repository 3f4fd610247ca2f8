package ringwatch.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
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
    /** The id of the topic that a position belongs to, by partition. */
    private final ConcurrentHashMap topicIds = new ConcurrentHashMap();
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
        Notice notice = Notice.of(partition, position, PositionedSplit.topicId(split), broker);
        if (notice == null) {
            return PositionedSplit.of(split, position, broker.topicId(partition));
        }
        say(notice, split);
        return PositionedSplit.of(split, notice.goesOnAt, broker.topicId(partition));
    }

    /** Returns where to go on, by partition, after Kafka's client has found positions gone. */
    public Map moves(OffsetOutOfRangeException gone) {
        Map positions = gone.offsetOutOfRangePartitions();
        Broker broker = new Broker(properties, clientId);
        try {
            broker.ask(positions.keySet());
            HashMap moves = new HashMap();
            for (Object partition : positions.keySet()) {
                long position = ((Number) positions.get(partition)).longValue();
                moves.put(partition, Long.valueOf(moved((TopicPartition) partition, position, gone, broker)));
            }
            return moves;
        } finally {
            broker.close();
        }
    }

    private long moved(TopicPartition partition, long position, OffsetOutOfRangeException gone, Broker broker) {
        Object known = topicIds.put(partition, broker.topicId(partition));
        Notice notice = Notice.of(partition, position, (String) known, broker);
        if (gone instanceof LogTruncationException) {
            Object kept = ((LogTruncationException) gone).divergentOffsets().get(partition);
            if (kept != null) {
                notice = Notice.ofLostTail(partition, position, ((OffsetAndMetadata) kept).offset());
            }
        }
        if (notice == null) {
            return position;
        }
        say(notice, null);
        return notice.goesOnAt;
    }

    private void say(Notice notice, KafkaPartitionSplit restored) {
        if (restored != null) {
            unsaid.put(restored.splitId(), restored);
        }
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
