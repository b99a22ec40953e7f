using System.Text;
using System.Text.Json;

namespace Purser.Providers.Bodies;

/// <summary>Names the counts that a usage object has, at paths such as <c>input_token_details.audio_tokens</c>, and reads them in one pass.</summary>
internal sealed class FigurePaths
{
    /// <summary>What a count is that isn't there, or is null.</summary>
    public const long Absent = -1;

    private readonly Node root = new([], Slot: -1);

    /// <summary>Names the paths; a count's place in what was found is its path's place here.</summary>
    public FigurePaths(params ReadOnlySpan<string> paths)
    {
        for (var slot = 0; slot < paths.Length; slot++)
        {
            var node = root;
            var names = paths[slot].Split('.');
            for (var depth = 0; depth < names.Length; depth++)
            {
                node = node.Child(Encoding.UTF8.GetBytes(names[depth]), depth == names.Length - 1 ? slot : -1);
            }
        }
        Count = paths.Length;
    }

    /// <summary>How many paths there are.</summary>
    public int Count { get; }

    /// <summary>Whether a whole number may be written with a fraction of zero: <c>5.0</c>.</summary>
    public bool TakesZeroFractions { get; init; }

    /// <summary>Reads an object. A count that is no count is a violation.</summary>
    public void Read(ReadOnlySpan<byte> usage, Span<long> found, UsageReading reading)
    {
        found.Fill(Absent);
        var reader = new Utf8JsonReader(usage, BodyReader.Json);
        reader.Read();
        Read(ref reader, root, found, reading);
    }

    private void Read(ref Utf8JsonReader reader, Node node, Span<long> found, UsageReading reading)
    {
        if (!JsonReading.IsObject(ref reader, reading))
        {
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var child = node.Find(ref reader);
            reader.Read();
            if (child is null)
            {
                reader.Skip();
            }
            else if (child.Slot < 0)
            {
                Read(ref reader, child, found, reading);
            }
            else
            {
                if (found[child.Slot] != Absent)
                {
                    reading.AddViolation("a member of the usage is there twice");
                }
                found[child.Slot] = ReadCount(ref reader, reading) ?? found[child.Slot];
            }
        }
    }

    private long? ReadCount(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (
            TakesZeroFractions
            && reader.TokenType == JsonTokenType.Number
            && reader.TryGetDecimal(out var number)
            && number is >= 0 and <= UsageReading.MaxCount
            && number == decimal.Truncate(number)
        )
        {
            return (long)number;
        }
        return JsonReading.Count(ref reader, reading);
    }

    private sealed record Node(byte[] Name, int Slot)
    {
        private readonly List<Node> children = [];

        public Node Child(byte[] name, int slot)
        {
            foreach (var known in children)
            {
                if (known.Name.AsSpan().SequenceEqual(name))
                {
                    return known;
                }
            }
            var child = new Node(name, slot);
            children.Add(child);
            return child;
        }

        public Node? Find(ref Utf8JsonReader reader)
        {
            foreach (var child in children)
            {
                if (reader.ValueIsEscaped ? reader.ValueTextEquals(child.Name) : reader.ValueSpan.SequenceEqual(child.Name))
                {
                    return child;
                }
            }
            return null;
        }
    }
}
