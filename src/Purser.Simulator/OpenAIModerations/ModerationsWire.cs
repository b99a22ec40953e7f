using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIModerations;

/// <summary>The format of OpenAI's moderations, which are free. Nothing is flagged but where the fault <c>blocked</c> strikes.</summary>
internal sealed class ModerationsWire : OpenAIWire
{
    private const string DefaultModel = "omni-moderation-latest";

    private static readonly string[] Categories =
    [
        "sexual",
        "sexual/minors",
        "harassment",
        "harassment/threatening",
        "hate",
        "hate/threatening",
        "illicit",
        "illicit/violent",
        "self-harm",
        "self-harm/intent",
        "self-harm/instructions",
        "violence",
        "violence/graphic",
    ];

    public override ulong Seed => 4;

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => default;

    public override string NewId(ref SeededRandom random) => Ids.Moderation(ref random);

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (JsonException)
        {
            error = OpenAIErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var flagged = exchange.Fault == FaultKind.Blocked;
        var compact = new OutputBuffer().Add("{\"id\":\""u8).AddAscii(exchange.Id).Add("\",\"model\":\""u8);
        compact.Add(exchange.Request.Model.AnswersJson).Add("\",\"results\":["u8);
        for (var i = 0; i < exchange.Request.Classified; i++)
        {
            compact.Add(i == 0 ? ""u8 : ","u8).Add("{\"flagged\":"u8).Add(flagged ? "true"u8 : "false"u8);
            Write(compact.Add(",\"categories\":"u8), name => flagged && name == "violence" ? "true" : "false");
            Write(compact.Add(",\"category_scores\":"u8), name => flagged && name == "violence" ? "0.9" : "0.0001");
            Write(compact.Add(",\"category_applied_input_types\":"u8), _ => "[\"text\"]");
            compact.Add("}"u8);
        }

        IndentedJson.Write(to, compact.Add("]}"u8));
        to.Add("\n"u8);
    }

    private static void Write(OutputBuffer to, Func<string, string> value)
    {
        to.Add("{"u8);
        foreach (var category in Categories)
        {
            to.Add(category == Categories[0] ? ""u8 : ","u8).AddJson(category).Add(":"u8).AddAscii(value(category));
        }

        to.Add("}"u8);
    }

    private static ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var name = Json.Text(asked, "model") ?? DefaultModel;
        var facts = body.Models.Get(name);
        var input = Json.Get(asked, "input") ?? default;
        error =
            input.ValueKind is not (JsonValueKind.String or JsonValueKind.Array) ? OpenAIErrors.MissingParameter("input")
            : facts.Exists ? null
            : OpenAIErrors.NoSuchModel(name);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts, steps: false);
        string? marker = null;
        return new ChatRequest
        {
            Model = facts,
            Choices = 0,
            ServiceTier = "default",
            Classified = Texts(input, meter, ref marker),
            PromptTokens = meter.Tokens,
            Marker = marker,
        };
    }

    // Several texts have a result each; the parts of one message have one together.
    private static int Texts(JsonElement input, PromptMeter meter, ref string? marker)
    {
        if (input.ValueKind == JsonValueKind.String)
        {
            EmbeddingInput.OfText(input.GetString()!, meter, ref marker);
            return 1;
        }

        var (texts, parts) = (0, 0);
        foreach (var item in input.EnumerateArray())
        {
            var isText = item.ValueKind == JsonValueKind.String;
            EmbeddingInput.OfText(isText ? item.GetString()! : Json.Text(item, "text") ?? "", meter, ref marker);
            (texts, parts) = isText ? (texts + 1, parts) : (texts, parts + 1);
        }

        return parts > 0 ? 1 : texts;
    }
}
