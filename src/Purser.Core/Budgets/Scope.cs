namespace Purser.Core.Budgets;

/// <summary>What kind of thing a budget is for.</summary>
public enum ScopeKind
{
    /// <summary>An account, with all that is below it.</summary>
    Account,

    /// <summary>One virtual key.</summary>
    Key,

    /// <summary>A person or a service: an account of that kind. Apart from <see cref="Account"/> so that a budget can be for each of them.</summary>
    Member,

    /// <summary>A tag; the id is <c>name=value</c>.</summary>
    Tag,

    /// <summary>One run of an agent, as its client names it.</summary>
    Run,

    /// <summary>A provider, by its name in the configuration.</summary>
    Provider,

    /// <summary>A model, by the name that the provider is asked for.</summary>
    Model,
}

/// <summary>One thing that a request is counted under.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its id.</param>
public readonly record struct Scope(ScopeKind Kind, string Id)
{
    /// <summary>The id that stands for each one of a kind; of tags, it's <c>name=*</c>.</summary>
    public const string Each = "*";

    /// <summary>Whether this names each one of a kind, not one of them.</summary>
    public bool IsEach => Id == Each || (Kind == ScopeKind.Tag && Id.EndsWith("=*", StringComparison.Ordinal));

    /// <summary>Whether a concrete scope is meant by this one.</summary>
    public bool Covers(Scope concrete) =>
        Kind == concrete.Kind
        && (
            Id == concrete.Id
            || Id == Each
            || (Kind == ScopeKind.Tag && IsEach && concrete.Id.AsSpan().StartsWith(Id.AsSpan(0, Id.Length - 1), StringComparison.Ordinal))
        );

    /// <summary><c>account:acct_1</c></summary>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}:{Id}";
}

/// <summary>
/// What a budget limits: one thing, or the requests that are under two things at once (a team on a model). Where one of them is "each",
/// every one that occurs has a balance of its own.
/// </summary>
/// <param name="First">The first.</param>
/// <param name="Second">The second, or null.</param>
public readonly record struct BudgetScope(Scope First, Scope? Second = null)
{
    /// <summary>Whether this is written for each one of a kind.</summary>
    public bool IsEach => First.IsEach || Second is { IsEach: true };

    /// <summary>The parts.</summary>
    public IEnumerable<Scope> Parts() => Second is { } second ? [First, second] : [First];

    /// <summary>Whether a part is of a kind.</summary>
    public bool Has(ScopeKind kind) => First.Kind == kind || Second?.Kind == kind;

    /// <summary>One thing.</summary>
    public static implicit operator BudgetScope(Scope scope) => new(scope);

    /// <summary><c>account:acct_1</c> or <c>account:acct_1+model:gpt-x</c></summary>
    public override string ToString() => Second is { } second ? $"{First}+{second}" : First.ToString();

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">It isn't of that form.</exception>
    public static BudgetScope Parse(string text)
    {
        // Ids may hold a plus, so the second part is found by the name of its kind.
        foreach (var kind in Enum.GetValues<ScopeKind>())
        {
            var at = text.IndexOf($"+{kind.ToString().ToLowerInvariant()}:", StringComparison.Ordinal);
            if (at > 0)
            {
                return new BudgetScope(ParseOne(text[..at]), ParseOne(text[(at + 1)..]));
            }
        }

        return new BudgetScope(ParseOne(text));
    }

    private static Scope ParseOne(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Enum.TryParse<ScopeKind>(text[..colon], ignoreCase: true, out var kind)
            ? new Scope(kind, text[(colon + 1)..])
            : throw new FormatException($"'{text}' isn't a scope.");
    }
}
