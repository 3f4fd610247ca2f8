package ringwatch.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/** The address of Redis as the environment of this process gives it; ops/secrets.py reads it in the same way. */
public class Environment {
    static final String ADDRESS = "RINGWATCH_REDIS_URL";
    static final String SETTING = "the setting redis.url";
    private static final String FILE = ADDRESS + "_FILE";
    private static final String OWN = "redis://127.0.0.1:6379/0";

    private Environment() {}

    /** Returns the environment's address, else the configured one, else this machine's. It may hold a password. */
    static String address(String configured) throws RedisError {
        String value = set(ADDRESS);
        String file = set(FILE);
        if (value != null && file != null) {
            throw Mends.said(ADDRESS + " and " + FILE + " are both set: keep one");
        }
        if (file != null) {
            value = content(file);
        }
        return value != null ? value : configured == null || configured.isEmpty() ? OWN : configured;
    }

    /** Returns where the address is to be corrected: the variable that is set, else the setting. */
    static String addressName() {
        return set(ADDRESS) != null ? ADDRESS : set(FILE) != null ? FILE : SETTING;
    }

    private static String set(String name) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? null : value;
    }

    private static String content(String file) throws RedisError {
        String text;
        try {
            text = new String(Files.readAllBytes(Paths.get(file, new String[0])), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw Mends.said(FILE + ": " + file + " cannot be read: name a readable file");
        }
        String value = text.replaceAll("[\\r\\n]+$", "");
        if (value.isEmpty()) {
            throw Mends.said(FILE + ": " + file + " is empty: write the secret into it");
        }
        return value;
    }
}
