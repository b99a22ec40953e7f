using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Cohere;

/// <summary>
/// The format of Cohere's <c>/v2/rerank</c>, which is billed by the search: a query with up to 100 documents, where a document longer than 500
/// tokens, its query included, counts as several.
/// </summary>
internal sealed class CohereRerankWire : CohereWire
{
    private const int DocumentsOfSearch = 100;
    private const int TokensOfDocument = 500;

    public override ulong Seed => 10;

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => default;

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (JsonException)
        {
            error = CohereErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var rerank = exchange.Request.Rerank!;
        var scores = rerank
            .Documents.Select((document, index) => (Index: index, Score: new SeededRandom(document).Fraction()))
            .OrderByDescending(result => result.Score)
            .Take(rerank.Most)
            .ToList();
        to.Add("{\"id\":\""u8).AddAscii(exchange.Id).Add("\",\"results\":["u8);
        foreach (var (index, score) in scores)
        {
            to.Add(index == scores[0].Index ? ""u8 : ","u8).Add("{\"index\":"u8).Add(index).Add(",\"relevance_score\":"u8);
            to.AddAscii(score.ToString("0.0######", CultureInfo.InvariantCulture)).Add("}"u8);
        }

        to.Add("],\"meta\":{\"api_version\":{\"version\":\"2\"}"u8);
        if (exchange.SaysUsage)
        {
            to.Add(",\"billed_units\":{\"search_units\":"u8).Add(rerank.SearchUnits).Add("}"u8);
        }

        to.Add("}}"u8);
    }

    private static ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var name = Json.Text(asked, "model");
        var query = Json.Text(asked, "query");
        List<JsonElement> documents = [.. Json.Items(asked, "documents")];
        var most = Json.Integer(asked, "top_n");
        error =
            name is null or "" ? CohereErrors.Missing("model")
            : query is null or "" ? CohereErrors.Missing("query")
            : documents.Count == 0 ? CohereErrors.Missing("documents")
            : most < 1 ? CohereErrors.Invalid("top_n must be at least 1")
            : null;
        var facts = error is null ? body.Models.Get(name!) : null;
        error ??= facts!.Exists ? null : CohereErrors.NoSuchModel(name!);
        if (error is not null)
        {
            return null;
        }

        var asking = Encoding.UTF8.GetBytes(query!);
        var (seed, queryTokens) = (XxHash3.HashToUInt64(asking), TokenCounter.Count(asking));
        var texts = documents.ConvertAll(Json.Raw);
        var tokens = texts.ConvertAll(text => (long)TokenCounter.Count(text));
        var chunks = tokens.Sum(count => Math.Max(1, Chunks(count + queryTokens, TokensOfDocument)));
        return new ChatRequest
        {
            Model = facts!,
            Choices = 0,
            ServiceTier = "default",
            Units = new BilledUnits("search_units", Chunks(chunks, DocumentsOfSearch)),
            Rerank = new RerankRequest(
                texts.ConvertAll(text => XxHash3.HashToUInt64(text, (long)seed)),
                (int)Math.Min(most ?? int.MaxValue, texts.Count),
                Chunks(chunks, DocumentsOfSearch)
            ),
            PromptTokens = queryTokens + tokens.Sum(),
            Marker = PromptText.Marker(asking),
        };
    }

    private static long Chunks(long count, int size) => (count + size - 1) / size;
}
