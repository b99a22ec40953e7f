using System.Text.Json;
using Purser.Providers.OpenAI;

namespace Purser.Providers.Cohere;

/// <summary>What Purser reads in bodies of Cohere's second API: chats, embeddings and rerankings.</summary>
internal static class CohereRequest
{
    private const int Model = 0;
    private const int Stream = 1;
    private const int MaxTokens = 2;
    private const int Messages = 3;
    private const int Tools = 4;
    private const int ResponseFormat = 5;
    private const int Texts = 6;
    private const int Inputs = 7;
    private const int Images = 8;
    private const int Query = 9;
    private const int Documents = 10;

    // A document of more tokens than this, the query's included, is billed as several; a unit is a hundred documents.
    private const long ChunkTokens = 500;
    private const long ChunksPerUnit = 100;

    private static readonly TopLevelMembers ChatMembers = new("model", "stream", "max_tokens", "messages", "tools", "response_format");

    private static readonly TopLevelMembers OtherMembers = new(
        "model",
        "stream",
        "max_tokens",
        "messages",
        "tools",
        "response_format",
        "texts",
        "inputs",
        "images",
        "query",
        "documents"
    );

    /// <summary>Reads a body of <c>POST /v2/chat</c>.</summary>
    public static UnderstandResult ReadChat(ReadOnlySpan<byte> body)
    {
        var result = RequestScan.Read(body, ChatMembers, ReadMember);
        if (result.Facts is { } facts)
        {
            // Usage is part of every stream of this format.
            facts.ClientAskedForUsage = facts.Stream;
        }
        return result;
    }

    /// <summary>Reads a body of <c>POST /v2/embed</c>.</summary>
    public static UnderstandResult ReadEmbed(ReadOnlySpan<byte> body)
    {
        var result = RequestScan.Read(body, OtherMembers, ReadMember);
        if (result.Facts is { } facts)
        {
            facts.MaxOutputTokens = 0;
        }
        return result;
    }

    /// <summary>Reads a body of <c>POST /v2/rerank</c>.</summary>
    public static UnderstandResult ReadRerank(ReadOnlySpan<byte> body)
    {
        var result = RequestScan.Read(body, OtherMembers, ReadMember);
        if (result.Facts is { } facts)
        {
            facts.MaxOutputTokens = 0;
            facts.SearchUnits = Units(facts);
        }
        return result;
    }

    // A token is at least a byte: what a document may have left of a chunk beside the query is at least this, and each document is one at least.
    private static long Units(RequestFacts facts)
    {
        var left = Math.Max(1, ChunkTokens - facts.QueryBytes);
        var chunks = facts.Inputs + (facts.BodyBytes / left);
        return (chunks + ChunksPerUnit - 1) / ChunksPerUnit;
    }

    private static bool ReadMember(ref RequestScan scan, int member)
    {
        var facts = scan.Facts;
        switch (member)
        {
            case Model:
                return scan.ReadModel();
            case Stream:
                var isValid = scan.ReadBoolean("stream", out var stream);
                facts.Stream = stream;
                return isValid;
            case MaxTokens:
                return scan.ReadOutputLimit("max_tokens");
            case Messages:
                return scan.Walk(WalkRules.OpenAIMessages);
            case Tools:
                facts.HasTools |= !scan.IsNull;
                return scan.Walk(WalkRules.None);
            case ResponseFormat:
                return OpenAIRequest.ReadResponseFormat(ref scan);
            case Query:
                facts.QueryBytes = scan.TokenSlice().Length;
                return scan.Walk(WalkRules.None);
            case Images:
                facts.NonTextParts += scan.IsNull ? 0 : 1;
                return Count(ref scan, WalkRules.None);
            case Inputs:
                return Count(ref scan, WalkRules.OpenAIMessages);
            case Texts or Documents:
                return Count(ref scan, WalkRules.None);
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    private static bool Count(ref RequestScan scan, WalkRules rules)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(rules);
        }
        var count = 0L;
        while (scan.NextElement())
        {
            count++;
            if (!scan.Walk(rules))
            {
                return false;
            }
        }
        scan.Facts.Inputs = Math.Max(scan.Facts.Inputs, count);
        return true;
    }
}
