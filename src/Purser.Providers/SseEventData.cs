namespace Purser.Providers;

/// <summary>
/// The data of one server-sent event: its <c>data</c> lines joined by line feeds, as the standard says, and the way back
/// from a place in the data to the place in the event. The usual event has one data line, which is not copied.
/// </summary>
internal sealed class SseEventData
{
    private readonly List<(int InData, int InEvent)> lines = [];
    private byte[] joined = [];
    private int joinedLength;

    /// <summary>Whether the event's name is <c>error</c>.</summary>
    public bool IsError { get; private set; }

    /// <summary>The data of an event; empty where it has none.</summary>
    /// <param name="bytes">The whole event.</param>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> bytes)
    {
        lines.Clear();
        joinedLength = 0;
        IsError = false;
        ReadOnlySpan<byte> data = default;
        var position = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        while (position < bytes.Length)
        {
            var rest = bytes[position..];
            var end = rest.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? rest : rest[..end];
            if (FieldValue(line, "data"u8, out var valueStart))
            {
                var value = line[valueStart..];
                if (lines.Count == 0)
                {
                    data = value;
                }
                else
                {
                    Join(lines.Count == 1 ? data : default, value);
                }
                lines.Add((joinedLength - (lines.Count == 0 ? 0 : value.Length), position + valueStart));
            }
            else if (FieldValue(line, "event"u8, out valueStart))
            {
                IsError = line[valueStart..].SequenceEqual("error"u8);
            }
            position += end < 0 ? rest.Length : end + 1;
        }
        return lines.Count > 1 ? joined.AsSpan(0, joinedLength) : data;
    }

    /// <summary>A cut in the data as a cut in the event. Line ends and field names within it go too, as JSON has no use for them.</summary>
    public EventVerdict ToEvent(EventVerdict cut)
    {
        var start = InEvent(cut.Start);
        var end = InEvent(cut.Start + cut.Length - 1) + 1;
        return cut with { Start = start, Length = end - start };
    }

    private int InEvent(int inData)
    {
        var line = lines.Count - 1;
        while (lines[line].InData > inData)
        {
            line--;
        }
        return lines[line].InEvent + inData - lines[line].InData;
    }

    private void Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> next)
    {
        var needed = joinedLength + first.Length + 1 + next.Length;
        if (joined.Length < needed)
        {
            Array.Resize(ref joined, Math.Max(needed, Math.Max(1024, joined.Length * 2)));
        }
        first.CopyTo(joined.AsSpan(joinedLength));
        joinedLength += first.Length;
        joined[joinedLength++] = (byte)'\n';
        next.CopyTo(joined.AsSpan(joinedLength));
        joinedLength += next.Length;
    }

    /// <summary>Whether a line is that of a field, and where its value begins.</summary>
    public static bool FieldValue(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out int valueStart)
    {
        valueStart = name.Length;
        if (!line.StartsWith(name))
        {
            return false;
        }
        if (line.Length == name.Length)
        {
            return true;
        }
        if (line[name.Length] != (byte)':')
        {
            return false;
        }
        valueStart = name.Length + 1;
        if (valueStart < line.Length && line[valueStart] == (byte)' ')
        {
            valueStart++;
        }
        return true;
    }
}
