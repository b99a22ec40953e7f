namespace Purser.Routing.Checks;

/// <summary>The checks of an answer that need no other model: they say that an answer is of no use, never that it's good.</summary>
[Flags]
public enum AnswerChecks
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Where JSON was asked for, the text is JSON, and keeps to the schema.</summary>
    Schema = 1,

    /// <summary>The tools that are called are there, and their arguments are JSON that fits them; where one must be called, one is.</summary>
    Tools = 2,

    /// <summary>The model, or a filter, doesn't refuse.</summary>
    Refusal = 4,

    /// <summary>The answer ends where the model ended it, and not at a limit that the client didn't set.</summary>
    Truncation = 8,

    /// <summary>There is something in it.</summary>
    Empty = 16,

    /// <summary>The user doesn't ask the same again at once, and the agent doesn't repeat a call that fails. It's seen at the next request.</summary>
    Retry = 32,

    /// <summary>The blocks of code in it pass the operator's own commands.</summary>
    Code = 64,

    /// <summary>All that need no configuration.</summary>
    All = Schema | Tools | Refusal | Truncation | Empty | Retry,
}

/// <summary>An answer that failed a check.</summary>
/// <param name="Check">Which; one alone.</param>
/// <param name="Why">How, in words that quote nothing of the answer.</param>
public sealed record CheckFailure(AnswerChecks Check, string Why)
{
    /// <summary>The check's name: <c>schema</c>, <c>tools</c>, <c>refusal</c>, <c>truncation</c>, <c>empty</c>, <c>retry</c>, <c>code</c>.</summary>
    public string Name => NameOf(Check);

    /// <summary>How a check is spelt.</summary>
    public static string NameOf(AnswerChecks check) => check.ToString().ToLowerInvariant();
}
