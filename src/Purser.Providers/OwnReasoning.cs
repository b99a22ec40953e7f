using System.Text;

namespace Purser.Providers;

/// <summary>
/// Reasoning of another vendor's model that Purser gave to a client of Anthropic's messages or OpenAI's responses, where those have a signature or an
/// encrypted text. It's marked there, and is taken out where the conversation goes on to the vendor itself, who would refuse it.
/// </summary>
internal static class OwnReasoning
{
    /// <summary>What stands in a signature's place where there is none. Vendors' own are in base64, which has no full stop.</summary>
    public const string Unsigned = Head + "unsigned";

    /// <summary>What every mark begins with; what follows may say whose reasoning it is.</summary>
    public const string Head = "purser.";

    /// <summary>Whether a signature or an encrypted text is a mark.</summary>
    public static bool IsMark(ReadOnlySpan<byte> text) => text.StartsWith("purser."u8);

    /// <summary>Takes the marked reasoning out of its lists.</summary>
    /// <param name="body">The body.</param>
    /// <param name="facts">What was found in it.</param>
    /// <param name="instead">What stands in a list that has nothing else; empty: nothing.</param>
    /// <param name="edits">Takes the edits.</param>
    public static void Remove(ReadOnlySpan<byte> body, RequestFacts facts, string instead, List<BodyEdit> edits)
    {
        var places = facts.OwnReasoning;
        for (var i = 0; i < places.Count; )
        {
            // Neighbours go together, or each would take the same comma.
            var (start, end) = (places[i].Offset, places[i].Offset + places[i].Length);
            for (i++; i < places.Count && IsNext(body[end..places[i].Offset]); i++)
            {
                end = places[i].Offset + places[i].Length;
            }
            var before = body[..start].LastIndexOfAnyExcept(Blank);
            var after = end + body[end..].IndexOfAnyExcept(Blank);
            if (body[before] == (byte)',')
            {
                start = before;
            }
            else if (body[after] == (byte)',')
            {
                end = after + 1;
            }
            var isAlone = body[before] == (byte)'[' && body[after] == (byte)']';
            edits.Add(new BodyEdit(new JsonSlice(start, end - start), isAlone ? Encoding.UTF8.GetBytes(instead) : []));
        }
    }

    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    private static bool IsNext(ReadOnlySpan<byte> between) => between.Trim(Blank).SequenceEqual(","u8);
}
