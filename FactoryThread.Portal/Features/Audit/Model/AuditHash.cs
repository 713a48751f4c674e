using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FactoryThread.Portal.Features.Audit.Model;

/// <summary>The links of the audit chain.</summary>
/// <remarks>
/// SHA-256 over a series of fields: the previous entry's hash (empty for the first), then Id, At, ActorKind, ActorId, ActorName, Address,
/// Action, SubjectType, SubjectId, SubjectName and Details as UTF-8, numbers in decimal (At in milliseconds since 1970). Each field is preceded
/// by its length in bytes as a big-endian 32-bit number, or by FFFFFFFF alone if it is null. So anybody can check an export without this program.
/// </remarks>
public static class AuditHash
{
    private const int Null = -1;

    public static byte[] Of(IEnumerable<byte[]?> fields)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var field in fields)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, field?.Length ?? Null);
            hash.AppendData(length);
            hash.AppendData(field ?? []);
        }

        return hash.GetHashAndReset();
    }
}
