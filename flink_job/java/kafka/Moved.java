package ringwatch.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Where a partition is read on, in its place between the records: all that come before it are of the old position. */
public class Moved extends ConsumerRecord {
    /** What to say of it, null where the position is there after all. */
    final Notice notice;
    /** The id of the topic that the new position belongs to. */
    final String topicId;

    Moved(TopicPartition partition, long goesOnAt, Notice notice, String topicId) {
        super(partition.topic(), partition.partition(), goesOnAt, null, null);
        this.notice = notice;
        this.topicId = topicId;
    }

    public TopicPartition topicPartition() {
        return new TopicPartition(topic(), partition());
    }
}
