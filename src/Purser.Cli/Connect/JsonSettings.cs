using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>Edits JSON (and JSON with comments) as text, by the positions that the reader reports.</summary>
internal sealed class JsonSettings : SettingsFormat
{
    private static readonly JsonReaderOptions ReaderOptions = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };
    private static readonly JsonSerializerOptions WriterOptions = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <inheritdoc/>
    public override string Name => "json";

    /// <inheritdoc/>
    public override JsonNode? Get(string text, IReadOnlyList<string> path)
    {
        var bytes = Encoding.UTF8.GetBytes(OrEmptyObject(text));
        var scope = Root(bytes);
        for (var i = 0; i < path.Count; i++)
        {
            if (scope?.Find(path[i]) is not { } member)
            {
                return null;
            }

            if (i == path.Count - 1)
            {
                var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
                return JsonNode.Parse(bytes.AsSpan(member.ValueStart..member.ValueEnd), documentOptions: options);
            }

            scope = ObjectAt(bytes, member);
        }

        return null;
    }

    /// <inheritdoc/>
    public override string Set(string text, IReadOnlyList<string> path, JsonNode value)
    {
        var source = OrEmptyObject(text);
        var bytes = Encoding.UTF8.GetBytes(source);
        var scope = Root(bytes);
        for (var i = 0; ; i++)
        {
            var last = i == path.Count - 1;
            if (scope.Find(path[i]) is not { } member)
            {
                return Insert(source, bytes, scope, path[i], Nested(path, i + 1, value));
            }

            if (!last && ObjectAt(bytes, member) is { } inner)
            {
                scope = inner;
                continue;
            }

            var written = Write(
                last ? value : Nested(path, i + 1, value),
                IndentOf(bytes, member.NameStart),
                Unit(bytes),
                LineBreak(source)
            );
            return JsonNode.DeepEquals(Get(source, path), value) ? source : Splice(bytes, member.ValueStart, member.ValueEnd, written);
        }
    }

    /// <inheritdoc/>
    public override string Remove(string text, IReadOnlyList<string> path)
    {
        var source = OrEmptyObject(text);
        var bytes = Encoding.UTF8.GetBytes(source);
        var scope = Root(bytes);
        for (var i = 0; i < path.Count - 1; i++)
        {
            if (scope.Find(path[i]) is not { } member || ObjectAt(bytes, member) is not { } inner)
            {
                return source;
            }

            scope = inner;
        }

        var index = scope.Members.FindLastIndex(member => member.Name == path[^1]);
        if (index < 0)
        {
            return source;
        }

        var removed = scope.Members[index];
        if (index > 0)
        {
            return Splice(bytes, scope.Members[index - 1].ValueEnd, removed.ValueEnd, "");
        }

        return scope.Members.Count > 1
            ? Splice(bytes, removed.NameStart, scope.Members[1].NameStart, "")
            : Splice(
                bytes,
                OnlyBlank(bytes, scope.Start + 1, removed.NameStart) ? scope.Start + 1 : removed.NameStart,
                AfterLast(bytes, scope),
                ""
            );
    }

    // Where an only member's text ends: with the blanks behind it when nothing else is there.
    private static int AfterLast(byte[] bytes, ObjectSpan scope)
    {
        var end = scope.Members[^1].ValueEnd;
        if (FindComma(bytes, end, scope.End) is { } comma)
        {
            end = comma + 1;
        }

        return OnlyBlank(bytes, end, scope.End) ? scope.End : end;
    }

    private static string Insert(string source, byte[] bytes, ObjectSpan scope, string name, JsonNode value)
    {
        var lineBreak = LineBreak(source);
        var unit = Unit(bytes);
        var quoted = JsonSerializer.Serialize(name, WriterOptions);
        if (scope.Members.Count == 0)
        {
            var outer = IndentOf(bytes, scope.Start);
            var member = $"{lineBreak}{outer}{unit}{quoted}: {Write(value, outer + unit, unit, lineBreak)}";
            return OnlyBlank(bytes, scope.Start + 1, scope.End)
                ? Splice(bytes, scope.Start + 1, scope.End, $"{member}{lineBreak}{outer}")
                : Splice(bytes, scope.Start + 1, scope.Start + 1, member);
        }

        var before = scope.Members[^1];
        var indent = IndentOf(bytes, before.NameStart);
        var ownLine = StartsItsLine(bytes, before.NameStart);
        var end = scope.End;
        while (bytes[end - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            end--;
        }

        // A comment between the last member and the brace would swallow what follows on its line.
        var breakFirst = ownLine || end > before.ValueEnd;
        var text = $"{(breakFirst ? lineBreak + indent : " ")}{quoted}: {Write(value, indent, unit, lineBreak)}";
        var inserted = Splice(bytes, end, end, text);
        return FindComma(bytes, before.ValueEnd, scope.End) is null
            ? Splice(Encoding.UTF8.GetBytes(inserted), before.ValueEnd, before.ValueEnd, ",")
            : inserted;
    }

    private static JsonNode Nested(IReadOnlyList<string> path, int from, JsonNode value)
    {
        var nested = value.DeepClone();
        for (var i = path.Count - 1; i >= from; i--)
        {
            nested = new JsonObject { [path[i]] = nested };
        }

        return nested;
    }

    private static string Write(JsonNode value, string indent, string unit, string lineBreak)
    {
        var lines = value.ToJsonString(WriterOptions).ReplaceLineEndings("\n").Split('\n');
        return string.Join(lineBreak, lines.Select((line, index) => index == 0 ? line : indent + Reindent(line, unit)));
    }

    private static string Reindent(string line, string unit)
    {
        var depth = line.TakeWhile(c => c == ' ').Count() / 2;
        return string.Concat(Enumerable.Repeat(unit, depth)) + line.TrimStart(' ');
    }

    private static string OrEmptyObject(string text) => string.IsNullOrWhiteSpace(text) ? "{}\n" : text;

    // One step of indentation: that of the first member of the document, or two blanks.
    private static string Unit(byte[] bytes) =>
        Root(bytes).Members is { Count: > 0 } members
        && StartsItsLine(bytes, members[0].NameStart)
        && IndentOf(bytes, members[0].NameStart) is { Length: > 0 } unit
            ? unit
            : "  ";

    private static string IndentOf(byte[] bytes, int position)
    {
        var start = position;
        while (start > 0 && bytes[start - 1] != '\n')
        {
            start--;
        }

        var end = start;
        while (bytes[end] is (byte)' ' or (byte)'\t')
        {
            end++;
        }

        return Encoding.UTF8.GetString(bytes, start, end - start);
    }

    private static bool StartsItsLine(byte[] bytes, int position)
    {
        while (position > 0 && bytes[position - 1] is (byte)' ' or (byte)'\t')
        {
            position--;
        }

        return position > 0 && bytes[position - 1] == '\n';
    }

    private static bool OnlyBlank(byte[] bytes, int start, int end) => bytes.AsSpan(start..end).IndexOfAnyExcept(" \t\r\n"u8) < 0;

    // The next comma that isn't in a comment, or null.
    private static int? FindComma(byte[] bytes, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (bytes[i] == ',')
            {
                return i;
            }

            if (bytes[i] == '/' && i + 1 < end)
            {
                var close = bytes[i + 1] == '/' ? bytes.AsSpan(i..end).IndexOf((byte)'\n') : bytes.AsSpan(i..end).IndexOf("*/"u8) + 1;
                i = close <= 0 ? end : i + close;
            }
        }

        return null;
    }

    private static string Splice(byte[] bytes, int start, int end, string text) =>
        string.Concat(Encoding.UTF8.GetString(bytes, 0, start), text, Encoding.UTF8.GetString(bytes, end, bytes.Length - end));

    private static ObjectSpan Root(byte[] bytes)
    {
        try
        {
            var start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
            return Read(bytes, start, bytes.Length, wholeDocument: true) ?? throw new FormatException("its root is not an object");
        }
        catch (JsonException error)
        {
            throw new FormatException($"line {error.LineNumber + 1}: {error.Message}", error);
        }
    }

    private static ObjectSpan? ObjectAt(byte[] bytes, Member member) =>
        Read(bytes, member.ValueStart, member.ValueEnd, wholeDocument: false);

    private static ObjectSpan? Read(byte[] bytes, int start, int end, bool wholeDocument)
    {
        var reader = new Utf8JsonReader(bytes.AsSpan(start..end), ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var open = start + (int)reader.TokenStartIndex;
        var members = new List<Member>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var nameStart = start + (int)reader.TokenStartIndex;
            reader.Read();
            var valueStart = start + (int)reader.TokenStartIndex;
            reader.Skip();
            members.Add(new Member(name, nameStart, valueStart, start + (int)reader.BytesConsumed));
        }

        var close = start + (int)reader.TokenStartIndex;
        while (wholeDocument && reader.Read()) { }

        return new ObjectSpan(open, close, members);
    }

    private sealed record Member(string Name, int NameStart, int ValueStart, int ValueEnd);

    private sealed record ObjectSpan(int Start, int End, List<Member> Members)
    {
        // Of members of one name, the last is the one that counts.
        public Member? Find(string name) => Members.FindLast(member => member.Name == name);
    }
}
