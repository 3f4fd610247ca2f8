package ringwatch.kafka;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** What Kafka holds of some partitions at this moment. */
public class Broker implements AutoCloseable {
    private final AdminClient admin;
    private final String group;
    private Map topics = new HashMap();
    private final HashMap oldest = new HashMap();
    private final HashMap ends = new HashMap();

    public Broker(Properties properties, String clientId) {
        Properties ours = new Properties();
        ours.putAll(properties);
        ours.setProperty("client.id", clientId);
        group = ours.getProperty("group.id");
        admin = AdminClient.create(ours);
    }

    /** Returns the present ends of a topic's partitions, by the partition's number. */
    public static Map ends(Properties properties, String topic) {
        Broker broker = new Broker(properties, properties.getProperty("group.id") + "-latest");
        try {
            Map described = (Map) answer(broker.admin.describeTopics(Collections.singletonList(topic)).allTopicNames());
            HashSet partitions = new HashSet();
            for (int number = 0; number < ((TopicDescription) described.get(topic)).partitions().size(); number++) {
                partitions.add(new TopicPartition(topic, number));
            }
            broker.ask(partitions);
            HashMap ends = new HashMap();
            for (Object partition : partitions) {
                ends.put(Integer.valueOf(((TopicPartition) partition).partition()), broker.ends.get(partition));
            }
            return ends;
        } finally {
            broker.close();
        }
    }

    /** Asks for these partitions; those that are not there are left out. */
    public void ask(Collection partitions) {
        HashSet names = new HashSet();
        for (Object partition : partitions) {
            names.add(((TopicPartition) partition).topic());
        }
        topics = (Map) answer(admin.describeTopics(names).allTopicNames());
        HashMap first = new HashMap();
        HashMap last = new HashMap();
        for (Object partition : partitions) {
            if (holds((TopicPartition) partition)) {
                first.put(partition, OffsetSpec.earliest());
                last.put(partition, OffsetSpec.latest());
            }
        }
        // the ends after the beginnings: what comes or goes between them makes the range wider, not narrower
        putOffsets(first, oldest);
        putOffsets(last, ends);
    }

    private void putOffsets(Map asked, Map offsets) {
        ListOffsetsResult result = admin.listOffsets(asked);
        for (Object partition : asked.keySet()) {
            Object found = answer(result.partitionResult((TopicPartition) partition));
            offsets.put(partition, Long.valueOf(((ListOffsetsResult.ListOffsetsResultInfo) found).offset()));
        }
    }

    public boolean holds(TopicPartition partition) {
        return partition.partition() < partitions(partition);
    }

    /** Returns how many partitions the partition's topic has. */
    public int partitions(TopicPartition partition) {
        return ((TopicDescription) topics.get(partition.topic())).partitions().size();
    }

    /** Returns the id of the partition's topic, empty where the broker gives topics none. */
    public String topicId(TopicPartition partition) {
        Uuid id = ((TopicDescription) topics.get(partition.topic())).topicId();
        return Uuid.ZERO_UUID.equals(id) ? "" : id.toString();
    }

    public long oldest(TopicPartition partition) {
        return ((Long) oldest.get(partition)).longValue();
    }

    public long end(TopicPartition partition) {
        return ((Long) ends.get(partition)).longValue();
    }

    /** Returns the offset that the group has committed, the oldest record if there is none. */
    public long committed(TopicPartition partition) {
        Map found = (Map) answer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        OffsetAndMetadata offset = (OffsetAndMetadata) found.get(partition);
        return offset == null ? oldest(partition) : offset.offset();
    }

    private static Object answer(KafkaFuture future) {
        try {
            return future.get();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new FlinkRuntimeException("stopped while Kafka was asked for its offsets", stopped);
        } catch (ExecutionException problem) {
            throw new FlinkRuntimeException("Kafka does not say its offsets: " + problem.getCause(), problem.getCause());
        }
    }

    public void close() {
        admin.close(java.time.Duration.ofSeconds(1));
    }
}
