using System.Buffers;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Purser.Providers.Tokens;

/// <summary>
/// A bound on the input tokens of a request that is tighter than its bytes: about a third of them for English. It takes
/// some milliseconds for 100 KB, and the first use of an encoding loads its vocabulary: for requests that don't fit otherwise.
/// </summary>
public static class TokenBound
{
    // What a message's frame has (three tokens and its role, one for a name) is no more than this for its object, and
    // what frames a tool and each of its properties (seven and three) is no more than this for each of theirs.
    private const int ObjectTokens = 4;

    // Strings are rendered with something between them.
    private const int StringTokens = 1;

    // The start of the answer (three tokens), and the headings under which tools and schemas are put.
    private const int RequestTokens = 64;

    // Margin: one in fifty.
    private const int MarginPart = 50;

    /// <summary>
    /// No fewer than the tokens that OpenAI bills as input for a request: the tokens of all strings in the body, names of members
    /// included, each unescaped and tokenized by itself, and one more for each; the bytes of numbers, true, false and null; four for each
    /// object; 64 for the request; and on all this a margin of 2 %. Runs of more than 128 letters, signs or white spaces, and
    /// characters beyond the basic plane count by their bytes, so that the time is linear whatever the text.
    /// </summary>
    /// <param name="body">The very bytes that <paramref name="facts"/> were read from.</param>
    /// <param name="facts">What was found in this body.</param>
    /// <param name="model">The model name that the provider knows.</param>
    /// <returns>
    /// From 1 to the body's bytes; null where nothing is known but the bytes: for models whose encoding isn't known, and for
    /// input that is not text, isn't in the body, or is added by tools that the provider runs.
    /// </returns>
    public static long? Input(ReadOnlySpan<byte> body, RequestFacts facts, string model)
    {
        var isText =
            !facts.HasNonTextInput && !facts.UnboundedInput && !facts.ToolsAddInput && !facts.HasWebSearch && facts.HostedToolCalls == 0;
        if (!isText || EncodingOf(model) is not { } encoding)
        {
            return null;
        }
        var tokens = RequestTokens + Count(body, encoding.Tokenizer);
        return Math.Min(facts.BodyBytes, tokens + tokens / MarginPart + 1);
    }

    private static long Count(ReadOnlySpan<byte> body, Tokenizer tokenizer)
    {
        long tokens = 0;
        char[] text = [];
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RequestScan.MaxDepth + 1 });
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.String:
                    case JsonTokenType.PropertyName:
                        tokens += StringTokens + TextTokens(ref reader, tokenizer, ref text);
                        break;
                    case JsonTokenType.StartObject:
                        tokens += ObjectTokens;
                        break;
                    case JsonTokenType.Number:
                    case JsonTokenType.True:
                    case JsonTokenType.False:
                    case JsonTokenType.Null:
                        tokens += reader.ValueSpan.Length;
                        break;
                    default:
                        break;
                }
            }
        }
        finally
        {
            if (text.Length > 0)
            {
                ArrayPool<char>.Shared.Return(text);
            }
        }
        return tokens;
    }

    private static long TextTokens(ref Utf8JsonReader reader, Tokenizer tokenizer, ref char[] text)
    {
        var most = reader.ValueSpan.Length;
        if (text.Length < most)
        {
            var larger = ArrayPool<char>.Shared.Rent(Math.Max(most, 1024));
            if (text.Length > 0)
            {
                ArrayPool<char>.Shared.Return(text);
            }
            text = larger;
        }
        return most == 0 ? 0 : TokenCount.Of(tokenizer, text.AsSpan(0, reader.CopyString(text)));
    }

    // Those that search read the web on their own.
    private static TiktokenEncoding? EncodingOf(string model) =>
        model.Contains("-search", StringComparison.Ordinal) ? null : TiktokenEncoding.Of(model);
}
