package ringwatch.kafka;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.common.TopicPartition;

/** A partition and a position of it, with the id of the topic: one that is made anew under its name has another. */
public class PositionedSplit extends KafkaPartitionSplit {
    private final String topicId;

    public PositionedSplit(TopicPartition partition, long startingOffset, long stoppingOffset, String topicId) {
        super(partition, startingOffset, stoppingOffset);
        this.topicId = topicId;
    }

    /** Returns the split at another position, of the same or another topic. */
    public static PositionedSplit of(KafkaPartitionSplit split, long startingOffset, String topicId) {
        Object stop = split.getStoppingOffset().orElse(null);
        long stoppingOffset = stop == null ? KafkaPartitionSplit.NO_STOPPING_OFFSET : ((Long) stop).longValue();
        return new PositionedSplit(split.getTopicPartition(), startingOffset, stoppingOffset, topicId);
    }

    /** Returns the id of the split's topic; empty where the split comes from Flink's own source. */
    public static String topicId(KafkaPartitionSplit split) {
        return split instanceof PositionedSplit ? ((PositionedSplit) split).topicId : "";
    }

    /** Writes Flink's own bytes and the topic's id after them; reads Flink's own, too. */
    public static class Serializer implements SimpleVersionedSerializer {
        private static final int OF_FLINK = 0;
        private static final int WITH_TOPIC_ID = 1;
        private final KafkaPartitionSplitSerializer ofFlink = new KafkaPartitionSplitSerializer();

        public int getVersion() {
            return WITH_TOPIC_ID;
        }

        public byte[] serialize(Object split) throws IOException {
            byte[] flinks = ofFlink.serialize((KafkaPartitionSplit) split);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(flinks.length);
            out.write(flinks);
            out.writeUTF(topicId((KafkaPartitionSplit) split));
            out.flush();
            return bytes.toByteArray();
        }

        public Object deserialize(int version, byte[] serialized) throws IOException {
            if (version == OF_FLINK) {
                return ofFlink.deserialize(version, serialized);
            }
            if (version != WITH_TOPIC_ID) {
                throw new IOException("a Kafka position of version " + version + " comes from a later ringwatch");
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
            byte[] flinks = new byte[in.readInt()];
            in.readFully(flinks);
            KafkaPartitionSplit split = ofFlink.deserialize(OF_FLINK, flinks);
            return of(split, split.getStartingOffset(), in.readUTF());
        }
    }
}
