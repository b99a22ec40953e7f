using System.Globalization;
using System.Text.Json;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary>
/// Tells one request's story for a person. It reads the record member by member and leaves out what isn't there, so that a record
/// of a newer or older gateway reads as far as it goes.
/// </summary>
internal static class Explanation
{
    private const int LabelWidth = 14;

    /// <summary>Writes it.</summary>
    public static void Write(CliContext context, JsonElement record)
    {
        var output = context.Out;
        output.WriteLine($"Request {Text(record, "request_id")} · {Text(record, "outcome")}");
        Line(output, "at", Text(record, "at"));
        WriteSubject(output, Member(record, "subject"));
        Line(
            output,
            "asked",
            $"{Text(record, "model_requested")} · {Text(record, "api")}{(Text(record, "stream") == "true" ? " · streamed" : "")}"
        );
        WriteRoute(output, Member(record, "route"));
        WriteEvaluation(output, Member(record, "evaluation"));
        WriteDecision(output, record);
        WriteReservation(output, Member(record, "reservation"));
        foreach (var attempt in Items(record, "attempts"))
        {
            WriteAttempt(context, attempt);
        }

        var corrections = Items(record, "adjustments").ToList();
        foreach (var adjustment in corrections)
        {
            var why = Member(adjustment, "why");
            Line(
                output,
                "corrected",
                Join(
                    " · ",
                    $"attempt {Text(adjustment, "attempt")} by {Usd.Show(Text(adjustment, "difference_usd"))}",
                    Text(adjustment, "at"),
                    Labelled("cause", Text(why, "cause")),
                    Labelled("by the price of", Text(Member(why, "to"), "entry")),
                    Labelled("book", Text(Member(why, "to"), "book")),
                    Labelled("over the limit of", string.Join(", ", Items(why, "over_limit").Select(Value))),
                    Labelled("by", Text(why, "by")),
                    Text(why, "reason")
                )
            );
        }

        if (corrections.Count > 0)
        {
            var charges = Items(record, "attempts").Select(attempt => Amount(attempt, "cost_usd"));
            var sum = charges.Concat(corrections.Select(correction => Amount(correction, "difference_usd"))).Sum();
            Line(output, "stands at", Usd.Show(sum?.ToString(CultureInfo.InvariantCulture)));
        }

        WriteEvaluationCalls(output, Items(record, "evaluation_calls").ToList());
        foreach (var score in Items(record, "evaluations"))
        {
            WriteScore(output, score);
        }

        WriteRefusal(output, Member(record, "refusal"));
    }

    /// <summary>A request that the gateway made itself says about which one.</summary>
    private static void WriteEvaluation(TextWriter output, JsonElement evaluation) =>
        Line(
            output,
            "by Purser",
            Join(" · ", NameOfCall(Text(evaluation, "kind")), Labelled("about", Text(evaluation, "of")), Text(evaluation, "not_judged"))
        );

    private static void WriteEvaluationCalls(TextWriter output, List<JsonElement> calls)
    {
        if (calls.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Asked by Purser afterwards");
            calls.ForEach(call => WriteEvaluationCall(output, call));
        }
    }

    private static void WriteScore(TextWriter output, JsonElement score) =>
        Line(
            output,
            "rated",
            Join(" · ", $"{Text(score, "score")} of 1", Text(score, "model"), Labelled("by", Text(score, "source")), Text(score, "at"))
        );

    private static void WriteEvaluationCall(TextWriter output, JsonElement call)
    {
        Line(
            output,
            NameOfCall(Text(call, "kind")),
            Join(
                " · ",
                Text(call, "model"),
                Labelled("at", Text(call, "provider")),
                Text(call, "outcome"),
                Text(call, "refusal"),
                Dollars("cost", Text(call, "cost_usd")),
                Milliseconds(call, "duration_ms"),
                Labelled("explain", Text(call, "request_id"))
            )
        );
        Line(output, "  not judged", Text(call, "not_judged"));
    }

    private static string NameOfCall(string kind) =>
        kind switch
        {
            "shadow" => "in shadow",
            "judge" => "judge",
            "judge_swapped" => "judge again",
            _ => kind,
        };

    // Null, which sums as nothing, where there is no amount.
    private static decimal? Amount(JsonElement holder, string name) =>
        decimal.TryParse(
            Text(holder, name),
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var amount
        )
            ? amount
            : null;

    private static void WriteSubject(TextWriter output, JsonElement subject)
    {
        Line(output, "who", Join(" · ", AccountPath.Show(Text(subject, "account_path"))!, Labelled("key", Text(subject, "key"))));
        var path = new[] { "organization", "department", "team", "project", "member" }
            .Select(kind => Labelled(kind, Text(subject, kind)))
            .ToArray();
        Line(output, "", Join(" · ", path));
        Line(
            output,
            "for",
            Join(
                " · ",
                Labelled("end user", Text(subject, "end_user")),
                Labelled("session", Text(subject, "session")),
                Labelled("agent", Text(subject, "agent")),
                Text(subject, "run") == Text(subject, "session") ? "" : Labelled("run", Text(subject, "run"))
            )
        );
        Line(output, "in", Join(" · ", Text(subject, "repository"), Labelled("branch", Text(subject, "branch"))));
        Line(output, "tags", string.Join(", ", Members(subject, "tags").Select(tag => $"{tag.Name}={Value(tag.Value)}")));
    }

    /// <summary>Writes how it came that a request went to the model that it went to; nothing where routing had no say.</summary>
    public static void WriteRoute(TextWriter output, JsonElement route)
    {
        if (route.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var (served, suggested) = (Text(route, "served"), Text(route, "suggested"));
        Line(
            output,
            "routed",
            Join(
                " · ",
                served.Length > 0 ? $"{Text(route, "asked")} → {served}" : $"{Text(route, "asked")} → nowhere",
                Labelled("mode", Text(route, "mode")),
                Labelled("policy", Text(route, "policy")),
                Labelled("the request says", Text(route, "override")),
                Labelled("instead of the choice", Text(route, "passed_over")),
                Text(route, "held_out") == "true" ? "held out" : ""
            )
        );
        Line(output, "  because", Text(route, "reason"));
        Line(output, "  kind", Join(" · ", Text(route, "class"), Labelled("difficulty", Text(route, "difficulty"))));
        if (Amount(route, "saves_usd") is { } saves)
        {
            var against = Text(route, "instead_of") is { Length: > 0 } other ? other : served;
            var what = suggested.Length > 0 ? $"{suggested} would have saved" : "expected to save";
            Line(output, "  saving", $"{what} {Usd.Show(saves.ToString(CultureInfo.InvariantCulture))} against {against}");
        }

        WritePromise(output, route);
        foreach (var candidate in Items(route, "candidates"))
        {
            WriteRouteCandidate(output, candidate, served);
        }

        Line(
            output,
            "  by",
            Join(
                " · ",
                Labelled("configuration", Text(route, "policy_version")),
                Labelled("predictor", Text(route, "predictor_version")),
                Labelled("evidence", Text(route, "evidence_version"))
            )
        );
    }

    /// <summary>Writes what can be promised of requests of this kind, and which floor that is for.</summary>
    private static void WritePromise(TextWriter output, JsonElement route)
    {
        Line(
            output,
            "  floor",
            Join(" · ", Text(route, "floor_percent") is { Length: > 0 } floor ? $"{floor} %" : "", Text(route, "floor_reason"))
        );
        var promise = Member(route, "guarantee");
        if (Text(promise, "declined") is { Length: > 0 } why)
        {
            Line(output, "  guarantee", $"none for this kind (n {Text(promise, "n")}): {why}");
        }
        else if (Amount(promise, "delta") is { } delta)
        {
            var sure = ((1 - delta) * 100).ToString("0.##", CultureInfo.InvariantCulture);
            Line(
                output,
                "  guarantee",
                $"at most {Percent(promise, "epsilon")} of this kind worse than the reference, with {sure} % confidence: by {Text(promise, "n")} known outcomes, "
                    + $"of which {Percent(promise, "share_down")} went to others and {Percent(promise, "risk")} were worse"
            );
        }
    }

    private static void WriteRouteCandidate(TextWriter output, JsonElement candidate, string served)
    {
        var model = Text(candidate, "model");
        var standing = Text(candidate, "standing") switch
        {
            "reference" => "the reference",
            "shown" => "shown to do such requests",
            "unable" => $"can't do it: {Text(candidate, "why")}",
            "unknown" => "nothing is known of how well it does",
            "unfamiliar" => "the request is unlike all that was learned from",
            "not_shown" => "not shown to do such requests",
            "too_weak" => "expected to do worse than is asked for",
            "on_trial" => "on trial, and not for this session",
            "reverted" => "reverted: its answers to such requests weren't good enough",
            var other => other,
        };
        Line(
            output,
            "  model",
            Join(
                " · ",
                $"{(model == served ? "→" : " ")} {model}",
                Labelled("at", Text(candidate, "provider")),
                Dollars("about", Text(candidate, "expected_usd")),
                Dollars("of it for going up", Text(candidate, "going_up_usd")),
                Dollars("at most", Text(candidate, "at_most_usd")),
                Labelled("of it cached", Text(candidate, "warm_tokens") is { Length: > 0 } warm ? $"{warm} tokens" : ""),
                Join(", ", Labelled("good", Percent(candidate, "good")), Labelled("asked", Percent(candidate, "least_good"))),
                standing
            )
        );
    }

    private static string Percent(JsonElement holder, string name) =>
        Amount(holder, name) is { } share ? $"{(share * 100).ToString("0.#", CultureInfo.InvariantCulture)} %" : "";

    private static void WriteDecision(TextWriter output, JsonElement record)
    {
        var decision = Member(record, "decision");
        Line(output, "decision", Join(" · ", Text(decision, "action"), Labelled("policy", Text(decision, "policy_version"))));
        foreach (var candidate in Items(record, "candidates"))
        {
            var chosen = Text(candidate, "chosen") == "true" ? "→" : " ";
            Line(
                output,
                "candidate",
                Join(
                    " · ",
                    $"{chosen} {Text(candidate, "provider")}/{Text(candidate, "model")}",
                    Dollars("at most", Text(candidate, "ceiling_usd")),
                    Labelled("price", Text(candidate, "price_entry")),
                    Text(candidate, "reason")
                )
            );
        }
    }

    private static void WriteReservation(TextWriter output, JsonElement reservation)
    {
        if (reservation.ValueKind == JsonValueKind.Object)
        {
            WriteReserved(output, Text(reservation, "usd"), Text(reservation, "tokens"), reservation);
        }
    }

    private static void WriteReserved(TextWriter output, string usd, string tokens, JsonElement holder)
    {
        Line(output, "reserved", Join(" · ", Usd.Show(usd is "" ? null : usd), tokens.Length > 0 ? $"{tokens} tokens" : ""));
        foreach (var budget in Items(holder, "budgets"))
        {
            var name = Text(budget, "name") is { Length: > 0 } given ? given : Text(budget, "id");
            Line(
                output,
                "  in budget",
                Join(
                    " · ",
                    name,
                    Labelled("limit", Text(budget, "limit")),
                    Labelled("posted", Text(budget, "posted")),
                    Labelled("pending", Text(budget, "pending"))
                )
            );
        }
    }

    private static void WriteAttempt(CliContext context, JsonElement attempt)
    {
        var output = context.Out;
        output.WriteLine();
        output.WriteLine($"Attempt {Text(attempt, "attempt")} · {Text(attempt, "outcome")}");
        Line(output, "because", Text(attempt, "because"));
        Line(output, "checked", Text(attempt, "check"));
        var served = Text(attempt, "model_served") is { Length: > 0 } model ? model : Text(attempt, "model_requested");
        Line(
            output,
            "served by",
            Join(
                " · ",
                $"{Text(attempt, "provider")}/{served}",
                Labelled("credential", Text(attempt, "credential")),
                Labelled("status", Text(attempt, "status")),
                Labelled("its id", Text(attempt, "provider_request_id"))
            )
        );
        Line(
            output,
            "time",
            Join(
                " · ",
                Text(attempt, "started_at"),
                Labelled("first token", Milliseconds(attempt, "ttft_ms")),
                Labelled("in all", Milliseconds(attempt, "duration_ms"))
            )
        );
        Line(output, "failure", Text(attempt, "failure"));
        WriteReserved(output, Text(attempt, "ceiling_usd"), Text(attempt, "held_tokens"), attempt);
        var marks = new[] { "estimated", "unconfirmed" }.Where(mark => Text(attempt, mark) == "true");
        Line(
            output,
            "cost",
            Join(
                " · ",
                [
                    Usd.Show(Text(attempt, "cost_usd")),
                    Labelled("billed to the caller's", Text(attempt, "billed")),
                    Dollars("list price", Text(attempt, "list_cost_usd")),
                    .. marks,
                ]
            )
        );
        Line(output, "price", Join(" · ", Text(attempt, "price_entry"), Labelled("book", Text(attempt, "price_book_version"))));
        if (Text(attempt, "overage_usd") is { Length: > 0 } overage && overage.AsSpan().ContainsAnyInRange('1', '9'))
        {
            Line(output, "overage", $"{Usd.Show(overage)} more than was reserved: the provider billed more than it was allowed");
        }

        WriteUsage(context, attempt);
    }

    private static void WriteUsage(CliContext context, JsonElement attempt)
    {
        var lines = Items(attempt, "lines").ToList();
        if (lines.Count > 0)
        {
            new Listing<JsonElement>(ChargeColumns, lines).Write(context, ListingFormat.Table);
        }
        else
        {
            Line(context.Out, "usage", string.Join(", ", Members(attempt, "usage").Select(used => $"{used.Name} {Value(used.Value)}")));
        }
    }

    private static IReadOnlyList<Column<JsonElement>> ChargeColumns { get; } =
    [
        Column.Text<JsonElement>("class", line => Text(line, "class")),
        Column.Exact<JsonElement>("quantity", line => Text(line, "quantity")),
        Column.Exact<JsonElement>("usd_per_unit", line => Text(line, "usd_per_unit")),
        Column.Exact<JsonElement>("usd", line => Text(line, "usd")),
    ];

    private static void WriteRefusal(TextWriter output, JsonElement refusal)
    {
        if (refusal.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"Refused · {Text(refusal, "code")}");
        Line(output, "", Text(refusal, "message"));
        foreach (var member in refusal.EnumerateObject().Where(member => member.Name is not ("code" or "message")))
        {
            Line(output, Printable.Line(member.Name.Replace('_', ' ')), Value(member.Value));
        }
    }

    private static void Line(TextWriter output, string label, string text)
    {
        if (text.Length > 0)
        {
            output.WriteLine($"  {label.PadRight(LabelWidth)}{text}");
        }
    }

    private static string Join(string separator, params IEnumerable<string> parts) =>
        string.Join(separator, parts.Where(part => part.Length > 0));

    private static string Labelled(string label, string text) => text.Length > 0 ? $"{label} {text}" : "";

    private static string Dollars(string label, string amount) => amount.Length > 0 ? $"{label} {Usd.Show(amount)}" : "";

    private static string Milliseconds(JsonElement element, string name) => Text(element, name) is { Length: > 0 } text ? $"{text} ms" : "";

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    private static IEnumerable<JsonProperty> Members(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Object } members ? members.EnumerateObject() : [];

    private static string Text(JsonElement element, string name) => Value(Member(element, name));

    private static string Value(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => "",
            JsonValueKind.String => Printable.Line(value.GetString()!),
            JsonValueKind.Object => string.Join(
                " · ",
                value.EnumerateObject().Select(member => $"{Printable.Line(member.Name)} {Value(member.Value)}")
            ),
            _ => Printable.Line(value.GetRawText()),
        };
}
