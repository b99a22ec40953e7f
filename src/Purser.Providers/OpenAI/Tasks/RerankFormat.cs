using System.Text.Json;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>Rankings of texts, as Jina, Voyage, Together, vLLM and llama.cpp have them. The query is read once with each text.</summary>
/// <param name="vendor">Whose usage is read.</param>
public sealed class RerankFormat(string vendor = "openai") : OpenAITask("rerank", "/rerank", vendor, "embeddings")
{
    private const int Model = 0;
    private const int Query = 1;
    private const int Documents = 2;

    private static readonly TopLevelMembers Members = new("model", "query", "documents");

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        var result = RequestScan.Read(body.Span, Members, ReadMember, target.Model);
        if (result.Facts is { } facts)
        {
            facts.MaxOutputTokens = 0;
            facts.MaxInputTokens = body.Length + (facts.QueryBytes * facts.Inputs);
        }
        return result;
    }

    private static bool ReadMember(ref RequestScan scan, int member) =>
        member switch
        {
            Model => scan.ReadModel(),
            Query => ReadQuery(ref scan),
            Documents => ReadDocuments(ref scan),
            _ => scan.Walk(WalkRules.None),
        };

    private static bool ReadQuery(ref RequestScan scan)
    {
        var start = scan.TokenSlice().Offset;
        var isValid = scan.Walk(WalkRules.None);
        var end = scan.TokenSlice();
        scan.Facts.QueryBytes = end.Offset + end.Length - start;
        return isValid;
    }

    private static bool ReadDocuments(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.None);
        }
        var documents = 0L;
        while (scan.NextElement())
        {
            documents++;
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        scan.Facts.Inputs = Math.Max(1, documents);
        return true;
    }
}
