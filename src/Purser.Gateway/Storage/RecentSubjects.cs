using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// The subjects that a key's requests had lately. Most requests are for the same as the one before, and a subject that is made anew has to be hashed
/// and its budgets' scopes found again. Safe for parallel calls; one that was pushed out is made again.
/// </summary>
internal sealed class RecentSubjects
{
    private const int Places = 16;

    private readonly Subject?[] recent = new Subject?[Places];

    /// <summary>A subject like this one: the one that was made before, or this one itself.</summary>
    public Subject Like(Subject subject)
    {
        if (subject.Tags.Count > 0)
        {
            return subject;
        }

        ref var place = ref recent[
            (uint)HashCode.Combine(subject.Agent, subject.Session, subject.Run, subject.EndUser, subject.Branch) % Places
        ];
        var known = Volatile.Read(ref place);
        if (known is not null && IsSame(known, subject))
        {
            return known;
        }

        Volatile.Write(ref place, subject);
        return subject;
    }

    private static bool IsSame(Subject one, Subject other) =>
        ReferenceEquals(one.Accounts, other.Accounts)
        && one.KeyId == other.KeyId
        && one.Agent == other.Agent
        && one.Session == other.Session
        && one.Run == other.Run
        && one.EndUser == other.EndUser
        && one.Repository == other.Repository
        && one.Branch == other.Branch;
}
