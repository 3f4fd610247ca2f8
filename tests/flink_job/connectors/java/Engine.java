package ringwatch.tests;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;

/** What Flink is to a reader and to an enumerator: it keeps what they register and assign. */
public class Engine implements InvocationHandler {
    private final HashMap gauges = new HashMap();
    private final SimpleCounter retries = new SimpleCounter();
    private final int readers;
    private final HashMap there = new HashMap();
    private final TreeMap assigned = new TreeMap();
    private final TreeSet over = new TreeSet();

    public Engine(int readers) {
        this.readers = readers;
    }

    public SourceReaderContext ofReader() {
        return (SourceReaderContext) as(SourceReaderContext.class);
    }

    public SplitEnumeratorContext ofEnumerator() {
        return (SplitEnumeratorContext) as(SplitEnumeratorContext.class);
    }

    private Object as(Class type) {
        return Proxy.newProxyInstance(Engine.class.getClassLoader(), new Class[] {type}, this);
    }

    public Object invoke(Object proxy, Method method, Object[] args) {
        String name = method.getName();
        if (name.equals("metricGroup")) {
            return as(SourceReaderMetricGroup.class);
        } else if (name.equals("gauge")) {
            gauges.put(args[0], args[1]);
            return args[1];
        } else if (name.equals("setPendingRecordsGauge")) {
            gauges.put("pending", args[0]);
        } else if (name.equals("counter") && args[0].equals("redis_retries")) {
            return retries;
        } else if (name.equals("currentParallelism")) {
            return Integer.valueOf(readers);
        } else if (name.equals("registeredReaders")) {
            return there;
        } else if (name.equals("signalNoMoreSplits")) {
            over.add(args[0]);
        } else if (name.equals("assignSplits")) {
            keep(((SplitsAssignment) args[0]).assignment());
        } else {
            throw new UnsupportedOperationException(name);
        }
        return null;
    }

    private void keep(Map given) {
        for (Object reader : given.keySet()) {
            String names = assigned.containsKey(reader) ? assigned.get(reader) + " " : "";
            for (Object split : (List) given.get(reader)) {
                names += (names.isEmpty() || names.endsWith(" ") ? "" : " ") + ((SourceSplit) split).splitId();
            }
            assigned.put(reader, names);
        }
    }

    public long metric(String name) {
        return ((Number) ((Gauge) gauges.get(name)).getValue()).longValue();
    }

    public long retries() {
        return retries.getCount();
    }

    /** Lets a reader register, or go. */
    public void there(int reader, boolean is) {
        if (is) {
            there.put(Integer.valueOf(reader), null);
        } else {
            there.remove(Integer.valueOf(reader));
        }
    }

    /** Returns the names of the splits that were assigned, by reader, and the readers that get no more. */
    public String given() {
        return assigned + " " + over;
    }
}
