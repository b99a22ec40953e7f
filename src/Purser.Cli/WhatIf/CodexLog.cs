using System.Text.Json;
using Purser.Routing.WhatIf;

namespace Purser.Cli.WhatIf;

/// <summary>
/// Codex's session logs. A call's usage is in a <c>token_count</c>, with the session's sum. Codex writes it again where nothing was called (the sum
/// is the same), and a session that was forked from another begins with the other's lines, at times of its own: a sum is counted once in a
/// session and all that are forked from it. Of what was said, only its kind is looked at, and nothing is kept.
/// </summary>
/// <param name="tally">Counts what is left out.</param>
internal sealed class CodexLog(LogTally tally)
{
    private readonly Dictionary<string, string> parents = new(StringComparer.Ordinal);
    private readonly HashSet<(string Root, Counts Sum)> seen = [];
    private readonly List<AgentStep> steps = [];

    /// <summary>The calls so far, in the order of the logs.</summary>
    public IReadOnlyList<AgentStep> Steps => steps;

    /// <summary>Reads a log.</summary>
    public void Read(string file)
    {
        var rollout = new Rollout { Session = Path.GetFileNameWithoutExtension(file) };
        LogFiles.Read(file, tally, line => Take(line, rollout));
    }

    private void Take(JsonElement line, Rollout rollout)
    {
        if (line.Object("payload") is not { } payload)
        {
            return;
        }
        switch (line.Text("type"))
        {
            case "session_meta":
                Begin(payload, rollout);
                break;
            case "turn_context":
                rollout.Model = payload.Text("model") ?? rollout.Model;
                break;
            case "response_item":
                TakeItem(payload, rollout);
                break;
            case "event_msg" when payload.Text("type") == "user_message":
                rollout.Next |= StepSigns.FirstOfTurn;
                break;
            case "event_msg" when payload.Text("type") == "token_count":
                TakeCount(line, payload, rollout);
                break;
            default:
                break;
        }
    }

    // Only the first is the session's own: a fork has its parent's behind it.
    private void Begin(JsonElement payload, Rollout rollout)
    {
        if (rollout.HasBegun || payload.Text("id") is not { } id)
        {
            return;
        }
        rollout.HasBegun = true;
        rollout.Session = id;
        rollout.Provider = payload.Text("model_provider");
        var spawned = payload.Object("source").Object("subagent").Object("thread_spawn").Text("parent_thread_id");
        rollout.IsSubAgent = payload.Object("source") is { } source && source.TryGetProperty("subagent", out _);
        if ((payload.Text("forked_from_id") ?? spawned) is { } parent && parent != id)
        {
            parents.TryAdd(id, parent);
        }
    }

    private static void TakeItem(JsonElement item, Rollout rollout)
    {
        switch (item.Text("type"))
        {
            case "message" when item.Text("role") == "assistant":
                rollout.Made(StepSigns.Text);
                break;
            case "reasoning":
                rollout.Made(StepSigns.Thinking);
                break;
            case "web_search_call":
                rollout.Made(StepSigns.Web);
                break;
            case "local_shell_call":
                rollout.Made(ToolSigns.Shell(Command(item.Object("action"))));
                break;
            case "function_call" or "custom_tool_call":
                rollout.Made(OfTool(item));
                break;
            case "function_call_output" or "custom_tool_call_output" when Failed(item):
                rollout.Next |= StepSigns.AfterError;
                break;
            default:
                break;
        }
    }

    private static StepSigns OfTool(JsonElement item)
    {
        if (item.Text("name") is not { } name)
        {
            return StepSigns.OtherTool;
        }
        if (name is not ("shell" or "shell_command" or "local_shell" or "container.exec" or "exec_command"))
        {
            return ToolSigns.Named(name);
        }
        try
        {
            using var arguments = JsonDocument.Parse(item.Text("arguments") ?? "");
            return ToolSigns.Shell(Command(arguments.RootElement));
        }
        catch (JsonException)
        {
            return StepSigns.Run;
        }
    }

    // "rg x", or ["bash", "-lc", "rg x"], or the words of one program.
    private static string? Command(JsonElement? arguments)
    {
        if ((arguments.Text("command") ?? arguments.Text("cmd")) is { } line)
        {
            return line;
        }
        var words = arguments
            .List("command")
            .Where(word => word.ValueKind == JsonValueKind.String)
            .Select(word => word.GetString()!)
            .ToList();
        return words is [_, "-lc" or "-c", var script] ? script
            : words.Count > 0 ? string.Join(' ', words)
            : null;
    }

    private static bool Failed(JsonElement item)
    {
        if (item.Text("output") is not { } output)
        {
            return false;
        }
        if (!output.StartsWith('{'))
        {
            var head = output.AsSpan(0, Math.Min(output.Length, 400));
            return After(head, "Exit code: ") || After(head, "exited with code ");
        }
        try
        {
            using var said = JsonDocument.Parse(output);
            return said.RootElement.Object("metadata").Count("exit_code") is not (null or 0);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool After(ReadOnlySpan<char> text, string words)
    {
        var at = text.IndexOf(words, StringComparison.Ordinal);
        return at >= 0 && at + words.Length < text.Length && text[at + words.Length] != '0';
    }

    private void TakeCount(JsonElement line, JsonElement payload, Rollout rollout)
    {
        if (payload.Object("info") is not { } info)
        {
            // Only how much of a subscription is left.
            return;
        }
        var sum = Counts.Of(info.Object("total_token_usage"));
        if (sum is not null && sum == rollout.Sum)
        {
            // Nothing was called since; what the model has made meanwhile is of a call that hasn't ended.
            tally.Repeated++;
            return;
        }
        if (sum is { } counted && !seen.Add((Root(rollout.Session), counted)))
        {
            tally.Repeated++;
            rollout.Sum = sum;
            rollout.Take();
            return;
        }
        // What the sum has grown by is all that was called since; the last call alone where it began anew, or nothing was known before.
        var used =
            sum is { } now && rollout.Sum is { } before && now.Less(before) is { } grown
                ? grown
                : Counts.Of(info.Object("last_token_usage")) ?? sum;
        rollout.Sum = sum ?? rollout.Sum;
        var signs = rollout.Take();
        if (used?.ToTokens() is not { } tokens)
        {
            tally.BadUsage++;
            return;
        }
        steps.Add(
            new()
            {
                Source = StepSource.Codex,
                Session = Root(rollout.Session),
                Agent = rollout.Session,
                IsSubAgent = rollout.IsSubAgent,
                At = line.Time("timestamp"),
                Provider = rollout.Provider is null or "purser" ? "openai" : rollout.Provider,
                Model = info.Text("model") ?? rollout.Model ?? "(no model named)",
                Tokens = tokens,
                Signs = signs,
            }
        );
    }

    private string Root(string session)
    {
        for (var step = 0; step < parents.Count && parents.TryGetValue(session, out var parent); step++)
        {
            session = parent;
        }
        return session;
    }

    /// <summary>The figures of one usage: cached tokens are among the input, reasoning among the output.</summary>
    private readonly record struct Counts(long Input, long Cached, long Output, long Reasoning)
    {
        public static Counts? Of(JsonElement? usage) =>
            usage.Count("input_tokens") is { } input && usage.Count("output_tokens") is { } output
                ? new(input, usage.Count("cached_input_tokens") ?? 0, output, usage.Count("reasoning_output_tokens") ?? 0)
                : null;

        public Counts? Less(Counts other) =>
            Input >= other.Input && Cached >= other.Cached && Output >= other.Output && Reasoning >= other.Reasoning
                ? new(Input - other.Input, Cached - other.Cached, Output - other.Output, Reasoning - other.Reasoning)
                : null;

        public StepTokens? ToTokens() =>
            Cached > Input || Reasoning > Output ? null : new StepTokens(Input - Cached, Cached, 0, 0, Output - Reasoning, Reasoning, 0);
    }

    /// <summary>Where the reading of one log is.</summary>
    private sealed class Rollout
    {
        private StepSigns made;
        private bool hasMade;

        public required string Session { get; set; }

        public bool HasBegun { get; set; }

        public bool IsSubAgent { get; set; }

        public string? Provider { get; set; }

        public string? Model { get; set; }

        public Counts? Sum { get; set; }

        /// <summary>What the next call comes after.</summary>
        public StepSigns Next { get; set; }

        /// <summary>The model made something: the call is under way, and what comes from outside now is for the one after it.</summary>
        public void Made(StepSigns signs)
        {
            if (!hasMade)
            {
                (made, Next, hasMade) = (Next, StepSigns.None, true);
            }
            made |= signs;
        }

        /// <summary>The call has ended.</summary>
        public StepSigns Take()
        {
            if (!hasMade)
            {
                // Nothing of it is in the log.
                (made, Next) = (Next, StepSigns.None);
            }
            var signs = made;
            (made, hasMade) = (StepSigns.None, false);
            return signs;
        }
    }
}
