using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.OpenAIAudio;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Sockets;

/// <summary>
/// One response of a realtime session. Its body is the simulator's own: the session, what the response asks for, and the conversation so far. An answer
/// in sound has a token for each word of its transcript, of which a quarter, rounded down, is text.
/// </summary>
/// <param name="conversation">The conversation's id.</param>
internal sealed class RealtimeWire(string conversation) : OpenAIWire
{
    // Samples are 16 bits at 24 kHz.
    private const int BytesASecond = 48_000;

    /// <summary>The items that the response added to the conversation, once it has ended.</summary>
    public List<JsonObject> Added { get; } = [];

    public override ulong Seed => 25;

    public override string NewId(ref SeededRandom random) => Ids.RealtimeResponse(ref random);

    public override RequestError UnknownDirective(string message) =>
        new(400, "invalid_request_error", message, null, "unknown_simulator_directive");

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        error = null;
        var asked = Json.Parse(body.Reader());
        var (session, response) = (Json.Get(asked, "session") ?? default, Json.Get(asked, "response") ?? default);
        var facts = body.Models.Get(Json.Text(asked, "model")!);
        var (meter, tokens) = (body.Meter(facts, steps: true), new ModalityTokens());
        var instructions = Encoding.UTF8.GetBytes(Text(response, session, "instructions") ?? "");
        meter.Add(instructions);
        var sections = Json.Sections(body, 0..body.Bytes.Length);
        var tools = ToolsOf(body, sections, "response") ?? ToolsOf(body, sections, "session") ?? default;
        meter.Add(body.Bytes[tools]);
        tokens.AddText(meter.Tokens);
        string? marker = null;
        foreach (var item in Json.Items(asked, "items"))
        {
            marker = AddItem(item, meter, tokens, marker);
        }

        var choice = Get(response, session, "tool_choice") ?? default;
        var isAudio = (Get(response, session, "output_modalities") ?? default).ToString().Contains("audio", StringComparison.Ordinal);
        return new ChatRequest
        {
            Model = facts,
            Stream = true,
            IncludeUsage = true,
            MaxTokens = Json.Integer(response, "max_output_tokens") ?? Json.Integer(session, "max_output_tokens"),
            ServiceTier = "default",
            ToolDemand =
                choice.ValueKind == JsonValueKind.Object ? ToolDemand.Named
                : choice.ToString() == "required" ? ToolDemand.Any
                : ToolDemand.None,
            ToolName = Json.Text(choice, "name"),
            Tools = tools,
            PromptTokens = meter.Tokens,
            Modalities = tokens,
            Media = new MediaRequest("pcm", isAudio ? "audio" : "text", null),
            Prefixes = meter.Points,
            Marker = marker,
        };
    }

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) =>
        cache.Automatic(request.Prefixes, request.PromptTokens, billsWrites: false);

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) =>
        new RealtimeStream(to, exchange, conversation, Added).Frames();

    public override void WriteStreamError(OutputBuffer to, Exchange exchange) =>
        new RealtimeStream(to, exchange, conversation, Added).WriteFailed();

    public override void WriteGarbageEvent(OutputBuffer to) => to.Add("data: {\"type\":\"response.out<html>502 Bad Gateway</html>\n\n"u8);

    private static string? AddItem(JsonElement item, PromptMeter meter, ModalityTokens tokens, string? marker)
    {
        var role = Json.Text(item, "role") ?? "";
        meter.Distinguish(Encoding.UTF8.GetBytes(role));
        string? found = null;
        var before = meter.Tokens;
        meter.Add(Encoding.UTF8.GetBytes(Json.Text(item, "arguments") ?? ""));
        meter.Add(Encoding.UTF8.GetBytes(Json.Text(item, "output") ?? ""));
        tokens.AddText(meter.Tokens - before);
        foreach (var part in Json.Items(item, "content"))
        {
            found = AddPart(part, meter, tokens) ?? found;
        }

        return role switch
        {
            "user" => found,
            "system" => marker,
            _ => null,
        };
    }

    private static string? AddPart(JsonElement part, PromptMeter meter, ModalityTokens tokens)
    {
        var before = meter.Tokens;
        switch (Json.Text(part, "type"))
        {
            case "input_audio":
                var seconds = (Json.Integer(part, "audio_bytes") ?? 0) / (double)BytesASecond;
                meter.AddFlat((int)Math.Ceiling(seconds * Sound.TokensASecond), Json.Raw(part));
                tokens.AddFile("audio/", meter.Tokens - before);
                return null;
            case "output_audio":
                meter.Add(Encoding.UTF8.GetBytes(Json.Text(part, "transcript") ?? ""));
                tokens.AddFile("audio/", meter.Tokens - before);
                return null;
            case "input_image":
                meter.AddFlat(OpenAIImages.ImageSettings.InputImageTokens, Json.Raw(part));
                tokens.AddFile("image/", meter.Tokens - before);
                return null;
            default:
                var text = Encoding.UTF8.GetBytes(Json.Text(part, "text") ?? "");
                meter.Add(text);
                tokens.AddText(meter.Tokens - before);
                return PromptText.Marker(text);
        }
    }

    private static JsonElement? Get(JsonElement response, JsonElement session, string name) =>
        Json.Get(response, name) ?? Json.Get(session, name);

    private static string? Text(JsonElement response, JsonElement session, string name) =>
        Json.Text(response, name) ?? Json.Text(session, name);

    private static Range? ToolsOf(RequestBody body, Dictionary<string, Range> sections, string section) =>
        sections.TryGetValue(section, out var part)
        && Json.Sections(body, part).TryGetValue("tools", out var tools)
        && body.Bytes[tools][0] == '['
        && body.Bytes[tools].Length > "[]".Length
            ? tools
            : null;
}
