using System.Buffers.Text;
using Purser.Simulator.Http;

namespace Purser.Simulator.Record;

/// <summary>Which lines of the record a query wants.</summary>
internal sealed class RecordFilter
{
    private static readonly byte[] Prefix = "{\"seq\":"u8.ToArray();

    private readonly List<byte[]> needles = [];

    /// <summary>Only lines after this sequence number; 0 for all.</summary>
    public long Since { get; init; }

    /// <summary>Only lines in which a text property has this value.</summary>
    public RecordFilter Where(string property, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            // A quote inside a value is escaped, so this can match nothing but the property itself.
            needles.Add(new OutputBuffer().AddJson(property).Add(":"u8).AddJson(value).Written.ToArray());
        }

        return this;
    }

    /// <summary>Copies the lines that match.</summary>
    public void Copy(ReadOnlySpan<byte> lines, OutputBuffer to)
    {
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf((byte)'\n');
            var line = end < 0 ? lines : lines[..(end + 1)];
            lines = lines[line.Length..];
            if (Matches(line))
            {
                to.Add(line);
            }
        }
    }

    private bool Matches(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(Prefix) || !Utf8Parser.TryParse(line[Prefix.Length..], out long seq, out _) || seq <= Since)
        {
            return false;
        }

        foreach (var needle in needles)
        {
            if (line.IndexOf(needle) < 0)
            {
                return false;
            }
        }

        return true;
    }
}
