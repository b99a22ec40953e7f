using System.Runtime.InteropServices;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Providers.Bodies;
using Purser.Routing.WhatIf;

namespace Purser.Cli.WhatIf;

/// <summary>
/// Claude Code's session logs. A call is written in a line for each block of its answer, all with its message's id; a session that is resumed may
/// have the lines of the one before in its own file: a call is counted once, with the largest output that is stated of it. Of what was said, only
/// its kind is looked at, and nothing is kept.
/// </summary>
/// <param name="tally">Counts what is left out.</param>
internal sealed class ClaudeCodeLog(LogTally tally)
{
    private static readonly BodyReader Usage = BodyReaders.Find("anthropic", "default", out _)!;

    private readonly Dictionary<(string Message, string Request), AgentStep> calls = [];
    private readonly Dictionary<string, AgentStep> byMessage = new(StringComparer.Ordinal);
    private readonly List<AgentStep> steps = [];

    /// <summary>The calls so far, in the order of the logs.</summary>
    public IReadOnlyList<AgentStep> Steps => steps;

    /// <summary>The ids of the provider's requests that are in the logs.</summary>
    public IEnumerable<string> Requests => calls.Keys.Select(key => key.Request).Where(request => request.Length > 0);

    /// <summary>Reads a log.</summary>
    public void Read(string file)
    {
        var before = new Dictionary<string, StepSigns>(StringComparer.Ordinal);
        var name = Path.GetFileNameWithoutExtension(file);
        LogFiles.Read(file, tally, line => Take(line, name, before));
    }

    private void Take(JsonElement line, string file, Dictionary<string, StepSigns> before)
    {
        var session = line.Text("sessionId") ?? file;
        var isSubAgent = line.IsTrue("isSidechain") || file.StartsWith("agent-", StringComparison.Ordinal);
        var agent = line.Text("agentId") ?? (isSubAgent ? file : "");
        var place = $"{session}/{agent}";
        if (line.Object("message") is not { } message)
        {
            return;
        }
        if (message.Object("usage") is { } usage)
        {
            TakeCall(line, message, usage, (session, agent, isSubAgent), before, place);
        }
        else if (line.Text("type") == "user")
        {
            before[place] = before.GetValueOrDefault(place) | Asked(line, message);
        }
    }

    private void TakeCall(
        JsonElement line,
        JsonElement message,
        JsonElement usage,
        (string Session, string Agent, bool IsSub) who,
        Dictionary<string, StepSigns> before,
        string place
    )
    {
        var model = message.Text("model");
        if (model == "<synthetic>" || line.IsTrue("isApiErrorMessage"))
        {
            tally.Synthetic++;
            before[place] = before.GetValueOrDefault(place) | StepSigns.AfterError;
            return;
        }
        var read = Usage.Read(JsonMarshal.GetRawUtf8Value(usage), model);
        if (read.Error is not null || StepTokens.Of(read.Usage) is not { } tokens)
        {
            _ = read.Error is null ? tally.NotText++ : tally.BadUsage++;
            return;
        }
        var signs = SignsOf(message);
        if (Known(message.Text("id"), line.Text("requestId")) is { } earlier)
        {
            tally.Repeated++;
            Merge(earlier, tokens, read.Terms, signs);
            return;
        }
        before.Remove(place, out var first);
        var name = model ?? "(no model named)";
        var step = new AgentStep
        {
            Source = StepSource.ClaudeCode,
            Session = who.Session,
            Agent = who.Agent,
            IsSubAgent = who.IsSub,
            At = line.Time("timestamp"),
            Provider = ProviderOf(name),
            Model = name,
            Terms = read.Terms,
            Tokens = tokens,
            Signs = signs | first,
        };
        steps.Add(step);
        if (message.Text("id") is { } id)
        {
            calls[(id, line.Text("requestId") ?? "")] = step;
            byMessage.TryAdd(id, step);
        }
    }

    // A line of a message may lack the request's id that another has.
    private AgentStep? Known(string? message, string? request) =>
        message is null ? null
        : request is null ? byMessage.GetValueOrDefault(message)
        : calls.GetValueOrDefault((message, request)) ?? calls.GetValueOrDefault((message, ""));

    private static void Merge(AgentStep step, StepTokens tokens, PricingTerms terms, StepSigns signs)
    {
        step.Signs |= signs;
        if (tokens.Answer > step.Tokens.Answer || (tokens.Answer == step.Tokens.Answer && tokens.Prompt > step.Tokens.Prompt))
        {
            (step.Tokens, step.Terms) = (tokens, terms);
        }
    }

    private static StepSigns SignsOf(JsonElement message)
    {
        var signs = StepSigns.None;
        foreach (var block in ((JsonElement?)message).List("content"))
        {
            signs |=
                block.ValueKind != JsonValueKind.Object
                    ? StepSigns.None
                    : block.Text("type") switch
                    {
                        "text" => StepSigns.Text,
                        "thinking" or "redacted_thinking" => StepSigns.Thinking,
                        "tool_use" => OfTool(block),
                        "server_tool_use" => StepSigns.Web,
                        _ => StepSigns.None,
                    };
        }
        return signs;
    }

    private static StepSigns OfTool(JsonElement block) =>
        block.Text("name") switch
        {
            "Bash" => ToolSigns.Shell(block.Object("input").Text("command")),
            { } name => ToolSigns.Named(name),
            null => StepSigns.OtherTool,
        };

    // A person's words begin a turn; a tool that failed makes what follows a recovery.
    private static StepSigns Asked(JsonElement line, JsonElement message)
    {
        var results = ((JsonElement?)message)
            .List("content")
            .Where(block => block.ValueKind == JsonValueKind.Object && block.Text("type") == "tool_result")
            .ToList();
        return results.Any(result => result.IsTrue("is_error")) ? StepSigns.AfterError
            : results.Count == 0 && !line.IsTrue("isMeta") ? StepSigns.FirstOfTurn
            : StepSigns.None;
    }

    // Claude Code on Bedrock and Vertex has their names of the models.
    private static string ProviderOf(string model) =>
        model.Contains("anthropic.", StringComparison.Ordinal) || model.StartsWith("arn:", StringComparison.Ordinal) ? "aws"
        : model.Contains('@', StringComparison.Ordinal) ? "google"
        : "anthropic";
}
