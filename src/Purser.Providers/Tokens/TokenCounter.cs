using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Tokens;

/// <summary>
/// Counts the input tokens of texts and requests: exactly where the model's tokenizer is OpenAI's, and else by an estimate that says how far off
/// it may be. Pure; the time is linear in the bytes, whatever they are.
/// </summary>
public static class TokenCounter
{
    /// <summary>Of larger requests, in bytes, even those that could be tokenized are estimated: they would take a good part of a second.</summary>
    public const int LongestTokenized = 4 << 20;

    // OpenAI's frame of a message, a name and the beginning of the answer, by its cookbook.
    private const int MessageFrame = 3;
    private const int NameFrame = 1;
    private const int AnswerFrame = 3;

    // Other vendors' frames aren't documented; a message has its role and two marks.
    private const int UnknownMessageFrame = 4;

    // Anthropic documents 159 to 804 tokens of system prompt for tools, 346 for most models of Claude 4.
    private const int ClaudeToolPrompt = 346;

    // Anthropic's largest image; a page of a document or a second of audio has its own measure.
    private const int NonTextPart = 1600;

    /// <summary>The tokens of a text alone, which no message frames.</summary>
    /// <param name="model">The model name that the provider knows.</param>
    /// <param name="text">The text.</param>
    public static TokenEstimate OfText(string model, ReadOnlySpan<char> text)
    {
        model = Bare(model);
        if (text.Length <= LongestTokenized && TiktokenEncoding.OfText(model) is { } encoding)
        {
            var tokens = encoding.Count(text, out var cut);
            return new TokenEstimate(tokens, cut == 0, Part(cut, tokens), encoding.Name);
        }
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var shape = default(TextShape);
        shape.Add(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
        var family = TokenFamily.Of(model);
        return new TokenEstimate(Rounded(family.Tokens(shape)), false, family.Error, family.Name);
    }

    /// <summary>
    /// The input tokens of a request: chat completions, responses or messages. Exact for chat completions whose messages are plain
    /// text and whose model OpenAI documents the frame of; where only a frame or tools are in doubt, the stated error is their part.
    /// </summary>
    /// <param name="model">The model name that the provider knows.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="learned">What was learned of this model at its provider; null for nothing.</param>
    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public static TokenEstimate OfRequest(string model, ReadOnlySpan<byte> body, TokenRatio? learned = null)
    {
        model = Bare(model);
        if (body.Length <= LongestTokenized && TiktokenEncoding.OfText(model) is { } encoding)
        {
            return Tokenized(model, body, encoding);
        }
        var estimate = Estimate(model, body, out var isWhole);
        var (ratio, error) = (learned?.Value ?? 1, learned?.Error);
        var family = TokenFamily.Of(model);
        return new TokenEstimate(
            Rounded(estimate * ratio),
            false,
            isWhole ? error ?? family.Error : null,
            error is null ? family.Name : "learned"
        );
    }

    /// <summary>
    /// What a model's own counts are compared with: the estimate of a request before anything is learned. Null where its count would
    /// teach nothing, because input isn't text or isn't in the body, and for models whose tokenizer is known.
    /// </summary>
    /// <param name="model">The model name that the provider knows.</param>
    /// <param name="body">The request's body.</param>
    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public static double? Unlearned(string model, ReadOnlySpan<byte> body)
    {
        model = Bare(model);
        if (!CanLearn(model))
        {
            return null;
        }
        var estimate = Estimate(model, body, out var isWhole);
        return isWhole ? estimate : null;
    }

    /// <summary>Whether a model's tokens are estimated, so that its provider's counts teach something.</summary>
    /// <param name="model">The model name that the provider knows.</param>
    public static bool CanLearn(string model) => TiktokenEncoding.OfText(Bare(model)) is null;

    private static TokenEstimate Tokenized(string model, ReadOnlySpan<byte> body, TiktokenEncoding encoding)
    {
        var tally = new TiktokenTally(encoding);
        var text = RequestText.Read(body, tally);
        var frame = MessageFrame * text.Messages + NameFrame * text.Names + AnswerFrame;
        var tools = text.Tools > 0 ? ToolRecipe.TokensOfAll : 0;
        var parts = NonTextPart * (long)text.NonTextParts;
        var isFramed = text.IsChat && TiktokenEncoding.HasDocumentedFrame(model);
        var doubt = tally.DoubtfulTokens + tools + parts + (isFramed ? 0 : frame);
        var tokens = tally.Tokens + frame + tools + parts;
        var isWhole = !text.IsIncomplete && text.NonTextParts == 0;
        return new TokenEstimate(tokens, isWhole && doubt == 0, isWhole ? Part(doubt, tokens) : null, encoding.Name);
    }

    private static double Estimate(string model, ReadOnlySpan<byte> body, out bool isWhole)
    {
        var tally = new ShapeTally();
        var text = RequestText.Read(body, tally);
        var family = TokenFamily.Of(model);
        isWhole = !text.IsIncomplete && text.NonTextParts == 0;
        return family.Tokens(tally.Shape)
            + UnknownMessageFrame * text.Messages
            + AnswerFrame
            + (text.Tools > 0 && family.IsClaude ? ClaudeToolPrompt : 0)
            + NonTextPart * (double)text.NonTextParts;
    }

    // Routers put the vendor before it: openai/gpt-4o.
    private static string Bare(string model) =>
        model.StartsWith("ft:", StringComparison.Ordinal) ? model : model[(model.LastIndexOf('/') + 1)..];

    private static long Rounded(double tokens) => (long)Math.Ceiling(tokens);

    private static double Part(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
