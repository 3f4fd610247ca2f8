package ringwatch.redis;

import java.io.IOException;
import java.io.Serializable;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * The Redis of a job: where it is now, asked for each connection, as it moves when a primary fails.
 *
 * <p>Serialised it holds the configured address, which has no password; that of the environment is read where it is used.
 */
public class Server implements Serializable {
    private static final long serialVersionUID = 1;

    private final String configured;
    private final String prefix;
    /** Where the slot of the prefix has gone, as the last node said that no longer has it. */
    private transient volatile String[] redirected;

    /** Takes the setting redis.url (null: none) and redis.prefix. */
    public Server(String configured, String prefix) {
        this.configured = configured;
        this.prefix = prefix;
    }

    public String prefix() {
        return prefix;
    }

    private Address address() throws RedisError {
        return Address.of(Environment.address(configured));
    }

    /** Returns where the server is, without user and password. */
    public String place() {
        try {
            Address address = address();
            if (address.places.isEmpty()) {
                return address.option("path");
            }
            return address.service == null ? listed(address) : address.service + " of the Sentinels " + listed(address);
        } catch (RedisError wrong) {
            return Environment.addressName();
        }
    }

    private static String listed(Address address) {
        StringBuilder text = new StringBuilder();
        for (Object place : address.places) {
            text.append(text.length() == 0 ? "" : ", ").append(named((String[]) place));
        }
        return text.toString();
    }

    private static String named(String[] place) {
        return place[0] + ":" + place[1];
    }

    /**
     * Returns a new connection under a name that CLIENT LIST shows.
     *
     * @param timeoutMs longest wait for the connection, and for each answer
     */
    public Link connect(String name, int timeoutMs) throws IOException {
        Address address = address();
        if (address.places.isEmpty()) {
            LocalSocket socket = new LocalSocket(address.option("path"), timeoutMs);
            return greeted(new Link(socket, socket.in(), socket.out(), this), address, address.database(), name);
        }
        Tls tls = address.tls ? new Tls(address) : null;
        int database = moves(address) && address.service == null ? 0 : address.database();
        IOException failed = new IOException("nobody knows where " + place() + " is");
        for (Object candidate : candidates(address, tls, timeoutMs)) {
            try {
                Link link = greeted(open((String[]) candidate, tls, timeoutMs, this), address, database, name);
                if (address.service == null || isPrimary(link)) {
                    return link;
                }
                link.close();
                failed = new IOException(named((String[]) candidate) + " is a replica");
            } catch (RedisError refused) {
                throw refused;
            } catch (IOException away) {
                failed = away;
            }
        }
        throw failed;
    }

    private static boolean isPrimary(Link link) throws IOException {
        try {
            return "master".equals(((List) link.call(new Object[] {"ROLE"})).get(0));
        } catch (RedisError mayNotAsk) {
            return true; // a replica refuses to write
        }
    }

    private static Link open(String[] place, Tls tls, int timeoutMs, Server owner) throws IOException {
        int port = Integer.parseInt(place[1]);
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(new InetSocketAddress(place[0], port), timeoutMs);
            socket.setSoTimeout(timeoutMs);
            Socket top = tls == null ? socket : tls.over(socket, place[0], port);
            return new Link(top, top.getInputStream(), top.getOutputStream(), owner);
        } catch (IOException failed) {
            socket.close();
            throw failed;
        } catch (RuntimeException failed) { // a host's name that is none
            socket.close();
            throw new IOException(failed.toString());
        }
    }

    private static Link greeted(Link link, Address address, int database, String name) throws IOException {
        return greeted(link, address.option("username"), address.option("password"), database, name);
    }

    private static Link greeted(Link link, String user, String password, int database, String name) throws IOException {
        try {
            if (user != null) {
                link.call(new Object[] {"AUTH", user, password == null ? "" : password});
            } else if (password != null) {
                link.call(new Object[] {"AUTH", password});
            }
            if (database != 0) {
                link.call(new Object[] {"SELECT", Long.valueOf(database)});
            }
        } catch (IOException failed) {
            link.close();
            throw failed;
        }
        try {
            link.call(new Object[] {"CLIENT", "SETNAME", name});
        } catch (RedisError mayNot) {
            if (mayNot.isOfPassword()) {
                link.close();
                throw mayNot;
            }
        }
        return link;
    }

    private boolean moves(Address address) {
        return address.places.size() > 1 || !tag().isEmpty();
    }

    /** Returns places to connect to, the likeliest first. */
    private List candidates(Address address, Tls tls, int timeoutMs) throws IOException {
        if (address.service != null) {
            return primaries(address, tls, timeoutMs);
        }
        if (tag().isEmpty()) {
            return address.places;
        }
        String[] named = redirected;
        redirected = null;
        ArrayList found = new ArrayList();
        if (named != null) {
            found.add(named);
        }
        found.addAll(nodes(address, tls, timeoutMs));
        return found;
    }

    private static List primaries(Address address, Tls tls, int timeoutMs) throws IOException {
        ArrayList found = new ArrayList();
        IOException failed = null;
        boolean answered = false;
        for (Object place : address.places) {
            Object[] asking = new Object[] {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.service};
            try {
                List primary = (List) asked((String[]) place, tls, timeoutMs, asking, address, "sentinel_");
                answered = true;
                if (primary != null) {
                    found.add(new String[] {(String) primary.get(0), (String) primary.get(1)});
                }
            } catch (RedisError refused) {
                failed = refused.isOfPassword() ? new Mends.OfSentinel(named((String[]) place), refused) : refused;
            } catch (IOException away) {
                failed = failed instanceof RedisError ? failed : away;
            }
        }
        if (answered && found.isEmpty()) {
            throw new IOException("the Sentinels know no primary " + address.service + ": correct its name in " + Environment.addressName());
        }
        if (!answered && failed != null) {
            throw failed;
        }
        return found;
    }

    /** Returns the primary of the prefix's slot, the address's places where the server is no cluster. */
    private List nodes(Address address, Tls tls, int timeoutMs) throws IOException {
        IOException failed = null;
        for (Object place : address.places) {
            try {
                Object slots = asked((String[]) place, tls, timeoutMs, new Object[] {"CLUSTER", "SLOTS"}, address, "");
                return owner((List) slots, Slot.of(tag()), (String[]) place);
            } catch (RedisError noCluster) {
                if (noCluster.isOfPassword() || noCluster.code().equals(RedisError.CERTIFICATE)) {
                    throw noCluster;
                }
                return address.places;
            } catch (IOException away) {
                failed = away;
            }
        }
        throw failed;
    }

    private static List owner(List slots, int slot, String[] asked) throws IOException {
        ArrayList found = new ArrayList();
        for (Object each : slots) {
            List row = (List) each;
            if (((Long) row.get(0)).longValue() <= slot && slot <= ((Long) row.get(1)).longValue() && row.size() > 2) {
                List node = (List) row.get(2);
                String host = (String) node.get(0);
                boolean unknown = host == null || host.isEmpty() || host.equals("?");
                found.add(new String[] {unknown ? asked[0] : host, node.get(1).toString()});
            }
        }
        if (found.isEmpty()) {
            throw new IOException("no node of the cluster has slot " + slot);
        }
        return found;
    }

    private static Object asked(String[] place, Tls tls, int timeoutMs, Object[] command, Address address, String whose) throws IOException {
        Link link = open(place, tls, timeoutMs, null);
        try {
            greeted(link, address.option(whose + "username"), address.option(whose + "password"), 0, "ringwatch");
            return link.call(command);
        } finally {
            link.close();
        }
    }

    /** Returns what the prefix names as its slot's tag, empty if nothing. */
    private String tag() {
        int start = prefix.indexOf('{');
        int end = prefix.indexOf('}', start + 1);
        return start >= 0 && end > start + 1 ? prefix.substring(start + 1, end) : "";
    }

    /** Returns the error of one of our connections: that a slot has moved passes, the next connection finds it. */
    RedisError understood(RedisError error) {
        if (!error.code().equals("MOVED") || tag().isEmpty()) {
            return error;
        }
        String[] words = error.getMessage().split(" ");
        int colon = words.length < 3 ? -1 : words[2].lastIndexOf(':');
        if (colon > 0) {
            redirected = new String[] {words[2].substring(0, colon), words[2].substring(colon + 1)};
        }
        return new RedisError(error.code(), error.getMessage(), true);
    }
}
