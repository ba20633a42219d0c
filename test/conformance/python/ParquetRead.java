import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/** Prints the rows of a Parquet file as JSON, as parquet-java reads them. */
public class ParquetRead {
    public static void main(String[] paths) throws Exception {
        StringBuilder out = new StringBuilder();
        try (ParquetReader<Group> reader = ParquetReader.builder(new GroupReadSupport(), new Path(paths[0])).build()) {
            for (Group row = reader.read(); row != null; row = reader.read()) {
                group(out, row);
                out.append('\n');
            }
        }
        System.out.write(out.toString().getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    static void group(StringBuilder out, Group group) {
        List<Type> fields = group.getType().getFields();
        out.append('{');
        for (int i = 0; i < fields.size(); i++) {
            text(out.append(i > 0 ? "," : ""), fields.get(i).getName());
            out.append(':');
            field(out, group, i);
        }
        out.append('}');
    }

    static void field(StringBuilder out, Group group, int i) {
        Type type = group.getType().getType(i);
        if (group.getFieldRepetitionCount(i) == 0) {
            out.append("null");
        } else if (type.isPrimitive()) {
            scalar(out, group, i, type);
        } else if (type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation) {
            Group list = group.getGroup(i, 0);
            out.append('[');
            for (int n = 0; n < list.getFieldRepetitionCount(0); n++) {
                field(out.append(n > 0 ? "," : ""), list.getGroup(0, n), 0);
            }
            out.append(']');
        } else {
            group(out, group.getGroup(i, 0));
        }
    }

    static void scalar(StringBuilder out, Group group, int i, Type type) {
        switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN -> out.append(group.getBoolean(i, 0));
            case INT32 -> out.append(group.getInteger(i, 0));
            case INT64 -> out.append(group.getLong(i, 0));
            case DOUBLE -> out.append(group.getDouble(i, 0));
            case FIXED_LEN_BYTE_ARRAY -> out.append(new BigInteger(group.getBinary(i, 0).getBytes()));
            default -> text(out, group.getBinary(i, 0).toStringUsingUTF8());
        }
    }

    static void text(StringBuilder out, String text) {
        out.append('"');
        for (char c : text.toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\' || c > '~') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
