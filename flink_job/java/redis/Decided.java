package ringwatch.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

/** A decision document and what the fields of its entry hold besides. */
public class Decided {
    private static final JsonFactory JSON = new JsonFactory();

    final String document;
    private String id = "";
    private String account = "";
    private String decision = "";
    private String time = "";

    public Decided(String document) throws IOException {
        this.document = document;
        JsonParser parser = JSON.createParser(document);
        try {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME && !field(parser.currentName(), parser)) {
                    continue;
                }
            }
        } finally {
            parser.close();
        }
    }

    /** Takes the value of a field; returns whether all that is wanted has been found. */
    private boolean field(String name, JsonParser parser) throws IOException {
        parser.nextToken();
        if (name.equals("event_id")) {
            id = parser.getText();
        } else if (name.equals("decision")) {
            decision = parser.getText();
        } else if (name.equals("event_time")) {
            time = parser.getText();
        } else if (name.equals("entities")) {
            entities(parser);
        } else {
            parser.skipChildren();
        }
        return !(id.isEmpty() || account.isEmpty() || decision.isEmpty() || time.isEmpty());
    }

    private void entities(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean wanted = parser.currentName().equals("account");
            parser.nextToken();
            if (wanted) {
                account = parser.getText();
            }
            parser.skipChildren();
        }
    }

    /** Returns fields and values of the entry. */
    public Object[] fields() {
        return new Object[] {"id", id, "account", account, "decision", decision, "time", time, "json", document};
    }

    /** Returns account and event, a character per byte, as a reply of Redis has them. */
    public String identity() {
        return identity(asReplied(account), asReplied(id));
    }

    static String identity(String account, String id) {
        return account + ":" + id;
    }

    private static String asReplied(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
