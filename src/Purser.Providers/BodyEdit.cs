using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Providers;

/// <summary>One change to a client's body: the bytes at <paramref name="Place"/> become <paramref name="Text"/>; nothing where that is null.</summary>
internal readonly record struct BodyEdit(JsonSlice Place, byte[]? Text)
{
    /// <summary>The edit that renames the model, if it must be renamed.</summary>
    public static BodyEdit Model(RequestFacts facts, string upstreamModel)
    {
        if (!RenamesModel(facts, upstreamModel))
        {
            return default;
        }
        var encoded = JsonEncodedText.Encode(upstreamModel, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return facts.ModelInBody is null
            ? new BodyEdit(new JsonSlice(facts.BodyEnd, 0), [.. ",\"model\":\""u8, .. encoded.EncodedUtf8Bytes, (byte)'"'])
            : new BodyEdit(facts.ModelToken, [(byte)'"', .. encoded.EncodedUtf8Bytes, (byte)'"']);
    }

    /// <summary>Whether the body must name another model than it does.</summary>
    public static bool RenamesModel(RequestFacts facts, string upstreamModel) =>
        !string.Equals(facts.ModelInBody, upstreamModel, StringComparison.Ordinal);

    /// <summary>The edit that takes a member out of its object, with a comma beside it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="member">From the member's name to its value's end.</param>
    public static BodyEdit Remove(ReadOnlySpan<byte> body, JsonSlice member)
    {
        var (start, end) = (member.Offset, member.Offset + member.Length);
        var after = end + body[end..].IndexOfAnyExcept(" \t\r\n"u8);
        if (body[after] == (byte)',')
        {
            end = after + 1;
        }
        else
        {
            var before = body[..start].LastIndexOfAnyExcept(" \t\r\n"u8);
            start = body[before] == (byte)',' ? before : start;
        }
        return new BodyEdit(new JsonSlice(start, end - start), []);
    }

    /// <summary>
    /// Writes a body with edits that don't overlap, in any order; of several insertions at one place the first comes first. One that begins with a comma
    /// loses it where nothing of its object is before it.
    /// </summary>
    public static void Write(ReadOnlySpan<byte> body, List<BodyEdit> edits, IBufferWriter<byte> output)
    {
        SortByPlace(CollectionsMarshal.AsSpan(edits));
        var position = 0;
        var isFirst = false;
        foreach (var edit in edits)
        {
            position = edit.WriteUpTo(body, position, ref isFirst, output);
        }
        output.Write(body[position..]);
    }

    // They come nearly in order: an insertion sort moves each past two others at most.
    private static void SortByPlace(Span<BodyEdit> edits)
    {
        for (var next = 1; next < edits.Length; next++)
        {
            var edit = edits[next];
            var at = next;
            for (; at > 0 && edits[at - 1].Place.Offset > edit.Place.Offset; at--)
            {
                edits[at] = edits[at - 1];
            }
            edits[at] = edit;
        }
    }

    private int WriteUpTo(ReadOnlySpan<byte> body, int position, ref bool isFirst, IBufferWriter<byte> output)
    {
        if (Text is null)
        {
            return position;
        }
        Put(body[position..Place.Offset], ref isFirst, output);
        Put(Text is [(byte)',', ..] && isFirst ? Text.AsSpan(1) : Text, ref isFirst, output);
        return Place.Offset + Place.Length;
    }

    private static void Put(ReadOnlySpan<byte> text, ref bool isFirst, IBufferWriter<byte> output)
    {
        output.Write(text);
        if (text.LastIndexOfAnyExcept(" \t\r\n"u8) is >= 0 and var last)
        {
            isFirst = text[last] == (byte)'{';
        }
    }
}
