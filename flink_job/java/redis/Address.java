package ringwatch.redis;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * An address of Redis taken apart: one server, the nodes of a Redis Cluster, or the Sentinels that know the primary.
 *
 * <p>The forms are those of ops/redis/address.py, which takes them apart in the same way.
 */
public class Address {
    private static final int PORT = 6379;
    private static final int SENTINEL_PORT = 26379;

    /** Hosts and ports, each a String[] of two; none for a socket of this machine. */
    final List places = new ArrayList();
    /** Options by name, as text: username, password, ssl_ca_certs and so on; path of a socket. */
    final TreeMap options = new TreeMap();
    final boolean tls;
    /** The Sentinels' name for the primary, null without Sentinels. */
    final String service;

    private final int database;

    private Address(String url) throws RedisError {
        int colon = url.indexOf("://");
        String scheme = colon < 0 ? "" : url.substring(0, colon);
        boolean sentinel = scheme.equals("redis+sentinel") || scheme.equals("rediss+sentinel");
        if (!sentinel && !scheme.equals("redis") && !scheme.equals("rediss") && !scheme.equals("unix")) {
            throw Mends.ofAddress();
        }
        tls = scheme.startsWith("rediss");
        String rest = url.substring(colon + 3);
        int end = firstOf(rest, "/?#");
        String netloc = rest.substring(0, end);
        int fragment = firstOf(rest, "#");
        String tail = rest.substring(end, Math.max(end, fragment));
        int query = firstOf(tail, "?");
        readOptions(tail.substring(Math.min(query + 1, tail.length())));
        String path = tail.substring(0, query);
        int at = netloc.lastIndexOf('@');
        readUser(at < 0 ? "" : netloc.substring(0, at));
        if (scheme.equals("unix")) {
            service = null;
            if (!path.isEmpty()) {
                options.put("path", unquoted(path));
            }
        } else {
            String[] hosts = netloc.substring(at + 1).split(",", -1);
            for (int i = 0; i < hosts.length; i++) {
                places.add(place(hosts[i], sentinel ? SENTINEL_PORT : PORT));
            }
            String[] parts = stripped(path).split("/", 2);
            service = sentinel ? unquoted(parts[0]) : null;
            if (sentinel && (parts[0].isEmpty() || (parts.length > 1 && !parts[1].matches("[0-9]*")))) {
                throw Mends.ofAddress();
            }
            if (sentinel) {
                path = parts.length > 1 ? parts[1] : "";
            }
        }
        database = database(scheme.equals("unix") ? "" : unquoted(path).replace("/", ""));
    }

    /** Takes an address apart; the error does not quote it: it may hold a password. */
    public static Address of(String url) throws RedisError {
        try {
            return new Address(url);
        } catch (RuntimeException wrong) {
            throw Mends.ofAddress();
        }
    }

    String option(String name) {
        return (String) options.get(name);
    }

    int database() {
        return database;
    }

    /** Returns what was understood, without secrets, for a comparison with Python's parser. */
    public String described() {
        StringBuilder text = new StringBuilder();
        for (Object place : places) {
            text.append(((String[]) place)[0]).append(':').append(((String[]) place)[1]).append(' ');
        }
        text.append("tls=" + tls + " service=" + service + " db=" + database);
        for (Object name : options.keySet()) {
            text.append(" " + name + "=" + options.get(name));
        }
        return text.toString();
    }

    private int database(String path) throws RedisError {
        Object named = options.remove("db");
        if (named != null) {
            return Integer.parseInt((String) named);
        }
        return path.matches("[0-9]{1,9}") ? Integer.parseInt(path) : 0;
    }

    private void readUser(String user) {
        int colon = user.indexOf(':');
        String name = unquoted(colon < 0 ? user : user.substring(0, colon));
        String password = colon < 0 ? "" : unquoted(user.substring(colon + 1));
        if (!name.isEmpty()) {
            options.put("username", name);
        }
        if (!password.isEmpty()) {
            options.put("password", password);
        }
    }

    private void readOptions(String query) {
        String[] pairs = query.split("&");
        for (int i = 0; i < pairs.length; i++) {
            int equals = pairs[i].indexOf('=');
            if (equals >= 0 && equals < pairs[i].length() - 1) {
                String name = unquoted(pairs[i].substring(0, equals).replace('+', ' '));
                String value = unquoted(unquoted(pairs[i].substring(equals + 1).replace('+', ' '))); // as redis-py does
                if (!options.containsKey(name)) {
                    options.put(name, value);
                }
            }
        }
    }

    private static String[] place(String host, int usual) throws RedisError {
        String name = host;
        String port = "";
        if (host.startsWith("[")) {
            int bracket = host.indexOf(']');
            name = host.substring(1, bracket);
            port = host.substring(bracket + 1);
            port = port.startsWith(":") ? port.substring(1) : port;
        } else if (host.indexOf(':') >= 0) {
            name = host.substring(0, host.indexOf(':'));
            port = host.substring(host.indexOf(':') + 1);
        }
        int number = port.isEmpty() ? 0 : Integer.parseInt(port);
        if (number < 0 || number > 65535) {
            throw Mends.ofAddress();
        }
        name = unquoted(name.toLowerCase(java.util.Locale.ROOT));
        return new String[] {name.isEmpty() ? "localhost" : name, Integer.toString(number == 0 ? usual : number)};
    }

    private static int firstOf(String text, String any) {
        for (int i = 0; i < text.length(); i++) {
            if (any.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    private static String stripped(String path) {
        return path.replaceAll("^/+|/+$", "");
    }

    /** Returns a text with its percent signs read; "+" stays, and so does a percent sign before no two digits. */
    private static String unquoted(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] from = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        for (int i = 0; i < from.length; i++) {
            int high = from[i] == '%' && i + 2 < from.length ? Character.digit((char) from[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit((char) from[i + 2], 16);
            if (low < 0) {
                to.write(from[i]);
            } else {
                to.write(high * 16 + low);
                i += 2;
            }
        }
        return new String(to.toByteArray(), StandardCharsets.UTF_8);
    }
}
