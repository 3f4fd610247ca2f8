package ringwatch.kafka;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaRecordEmitter;
import org.apache.flink.connector.kafka.source.reader.KafkaSourceReader;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.connector.kafka.source.reader.fetcher.KafkaSourceFetcherManager;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.UserCodeClassLoader;

/** Flink's Kafka source with readers that notice a position which Kafka no longer holds. */
public class PositionedSource implements Source, ResultTypeQueryable {
    private final KafkaSource source;
    private final Properties properties;
    private final KafkaRecordDeserializationSchema schema;

    public PositionedSource(KafkaSource source) throws Exception {
        this.source = source;
        this.properties = (Properties) field(source, "props");
        this.schema = (KafkaRecordDeserializationSchema) field(source, "deserializationSchema");
    }

    private static Object field(KafkaSource source, String name) throws Exception {
        Field field = KafkaSource.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(source);
    }

    /** As KafkaSource does, with a split reader of ours. */
    public SourceReader createReader(SourceReaderContext context) throws Exception {
        schema.open(new Opening(context));
        Positions positions = new Positions(properties, context.getIndexOfSubtask());
        KafkaSourceReaderMetrics metrics = new KafkaSourceReaderMetrics(context.metricGroup());
        FutureCompletingBlockingQueue queue = new FutureCompletingBlockingQueue();
        Supplier readers = new SplitReaders(properties, context, metrics, positions);
        KafkaSourceFetcherManager fetchers = new KafkaSourceFetcherManager(queue, readers, new Nothing());
        PositionedEmitter emitter = new PositionedEmitter(new KafkaRecordEmitter(schema), positions);
        return new PositionedReader(
                new KafkaSourceReader(queue, fetchers, emitter, configuration(), context, metrics), positions);
    }

    private Configuration configuration() {
        Configuration options = new Configuration();
        for (Object name : properties.stringPropertyNames()) {
            options.setString((String) name, properties.getProperty((String) name));
        }
        return options;
    }

    public SplitEnumerator createEnumerator(SplitEnumeratorContext context) {
        return source.createEnumerator(context);
    }

    public SplitEnumerator restoreEnumerator(SplitEnumeratorContext context, Object state) throws Exception {
        return source.restoreEnumerator(context, (KafkaSourceEnumState) state);
    }

    public SimpleVersionedSerializer getSplitSerializer() {
        return new PositionedSplit.Serializer();
    }

    public SimpleVersionedSerializer getEnumeratorCheckpointSerializer() {
        return source.getEnumeratorCheckpointSerializer();
    }

    public Boundedness getBoundedness() {
        return source.getBoundedness();
    }

    public TypeInformation getProducedType() {
        return source.getProducedType();
    }

    /** Makes the readers of a fetcher's partitions. */
    private static class SplitReaders implements Supplier {
        private final Properties properties;
        private final SourceReaderContext context;
        private final KafkaSourceReaderMetrics metrics;
        private final Positions positions;

        SplitReaders(
                Properties properties, SourceReaderContext context, KafkaSourceReaderMetrics metrics, Positions positions) {
            this.properties = properties;
            this.context = context;
            this.metrics = metrics;
            this.positions = positions;
        }

        public Object get() {
            try {
                return new OldestReader(properties, context, metrics, positions);
            } catch (IOException problem) {
                throw new FlinkRuntimeException(problem);
            }
        }
    }

    /** Does nothing when a split is finished. */
    private static class Nothing implements Consumer {
        public void accept(Object finished) {}
    }

    /** What a deserializer is opened with. */
    private static class Opening implements DeserializationSchema.InitializationContext {
        private final SourceReaderContext context;

        Opening(SourceReaderContext context) {
            this.context = context;
        }

        public MetricGroup getMetricGroup() {
            return context.metricGroup().addGroup("deserializer");
        }

        public UserCodeClassLoader getUserCodeClassLoader() {
            return context.getUserCodeClassLoader();
        }
    }
}
