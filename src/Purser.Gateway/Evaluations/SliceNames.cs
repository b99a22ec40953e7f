using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>How slices and what evaluates them are spelt.</summary>
internal static class SliceNames
{
    /// <summary>A stage.</summary>
    public static string Of(SliceStage stage) =>
        stage switch
        {
            SliceStage.Canary => "canary",
            SliceStage.Proven => "proven",
            _ => "reverted",
        };

    /// <summary>Who evaluates.</summary>
    public static string Of(EvaluationSource source) =>
        source switch
        {
            EvaluationSource.Feedback => "feedback",
            EvaluationSource.Judge => "judge",
            EvaluationSource.Shadow => "shadow",
            EvaluationSource.Check => "check",
            _ => "override",
        };

    /// <summary>
    /// The application of an account's requests that a policy chooses for: <c>POLICY@ACCOUNT</c>, the account by its id; of requests that name their
    /// model <c>POLICY&gt;MODEL@ACCOUNT</c>, for they are compared with that one.
    /// </summary>
    public static string Application(string policy, string? named, string accountId) =>
        named is null ? $"{policy}@{accountId}" : $"{policy}>{named}@{accountId}";

    /// <summary>The same for people: the account by its path, the organization as <c>/</c>.</summary>
    public static string ForPeople(string application, ControlSnapshot control)
    {
        var at = application.LastIndexOf('@');
        var (policy, id) = (application[..at], application[(at + 1)..]);
        var path = control.Accounts.Find(id) is null ? id : control.Accounts.PathOf(id);
        return $"{policy}@{(path.Length == 0 ? "/" : path)}";
    }
}
