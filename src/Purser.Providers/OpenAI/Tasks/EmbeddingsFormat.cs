using System.Text.Json;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>Embeddings. The input is bounded by the body's bytes, whether it's text or tokens: each has a byte at least.</summary>
/// <param name="vendor">Whose usage is read.</param>
public sealed class EmbeddingsFormat(string vendor = "openai") : OpenAITask("embeddings", "/embeddings", vendor, "embeddings")
{
    private const int Model = 0;
    private const int Input = 1;
    private const int User = 2;

    private static readonly TopLevelMembers Members = new("model", "input", "user");

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        var result = RequestScan.Read(body.Span, Members, ReadMember, target.Model);
        if (result.Facts is { } facts)
        {
            facts.MaxOutputTokens = 0;
        }
        return result;
    }

    private static bool ReadMember(ref RequestScan scan, int member) =>
        member switch
        {
            Model => scan.ReadModel(),
            Input => ReadInput(ref scan),
            User => OpenAIRequest.ReadUser(ref scan, isUser: true),
            _ => scan.Walk(WalkRules.None),
        };

    private static bool ReadInput(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            scan.Facts.NonTextParts += scan.Token == JsonTokenType.StartObject ? 1 : 0;
            return scan.Walk(WalkRules.None);
        }
        var (inputs, isTokens) = (0L, false);
        while (scan.NextElement())
        {
            inputs++;
            isTokens |= scan.Token == JsonTokenType.Number;
            scan.Facts.NonTextParts += scan.Token == JsonTokenType.StartObject ? 1 : 0;
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        // A list of numbers is one text's tokens.
        scan.Facts.Inputs = isTokens ? 1 : Math.Max(1, inputs);
        return true;
    }
}
