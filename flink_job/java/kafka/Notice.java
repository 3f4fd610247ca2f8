package ringwatch.kafka;

import org.apache.kafka.common.TopicPartition;

/** What became of a position that is gone. */
public class Notice {
    /** Begins each notice, see ringwatch.Notice: no record can pass for one. */
    private static final String MARK = "\u26a0";

    final TopicPartition partition;
    final long goesOnAt;
    final String reason;
    private final long position;
    private final long missing;

    private Notice(TopicPartition partition, long position, long goesOnAt, long missing, String reason) {
        this.partition = partition;
        this.position = position;
        this.goesOnAt = goesOnAt;
        this.missing = missing;
        this.reason = reason;
    }

    /** Returns the notice on a position, null if it is there; `topicId` is that of the position, if known. */
    static Notice of(TopicPartition partition, long position, String topicId, Broker broker) {
        long oldest = broker.oldest(partition);
        String at = "position " + position + " of " + partition;
        if (isOther(topicId, broker.topicId(partition))) {
            return new Notice(partition, position, oldest, -1, at + " is gone: the topic was made anew and is read from its oldest "
                    + "record, " + oldest + "; how many records of the old one are missing is not known");
        }
        if (position < oldest) {
            return new Notice(partition, position, oldest, oldest - position, at + " is gone: the oldest record that Kafka holds is "
                    + oldest + ", at most " + (oldest - position == 1 ? "1 record is" : (oldest - position) + " records are")
                    + " missing");
        }
        if (position > broker.end(partition)) {
            return new Notice(partition, position, oldest, -1, at + " is gone: it ends at " + broker.end(partition)
                    + " and is read from its oldest record, " + oldest + "; the topic was made anew or has lost records, how many is "
                    + "not known");
        }
        return null;
    }

    /** Returns whether two ids are of two topics; null or empty is not known. */
    static boolean isOther(String topicId, String other) {
        return topicId != null && other != null && !topicId.isEmpty() && !other.isEmpty() && !topicId.equals(other);
    }

    /** Returns the notice on a partition that is not there. */
    static Notice ofPartition(TopicPartition partition, long position, int partitions) {
        return new Notice(partition, position, -1, -1, "position " + position + " of " + partition + " is gone: the topic has "
                + partitions + (partitions == 1 ? " partition" : " partitions") + " now; what is missing is not known");
    }

    /** Returns the notice on records that Kafka itself has lost after they were read. */
    static Notice ofLostTail(TopicPartition partition, long position, long kept) {
        return new Notice(partition, position, kept, 0, "position " + position + " of " + partition + " is gone: Kafka has lost "
                + "what came after " + kept + ", which was read before; it is read on from there, nothing is missing");
    }

    /** Returns the notice as the source hands it on: the mark and a JSON object. */
    String text() {
        return MARK + "{\"partition\":\"" + partition + "\",\"position\":" + position + ",\"goes_on_at\":" + known(goesOnAt)
                + ",\"missing\":" + known(missing) + ",\"reason\":\"" + reason + "\"}";
    }

    private static String known(long number) {
        return number < 0 ? "null" : Long.toString(number);
    }
}
