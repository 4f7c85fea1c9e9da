/** Copies files into a bucket of any S3-compatible store, and believes only what it has verified. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

export interface BucketSettings {
  /** Null: Amazon's own for the region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Before every key, with its slash; may be empty. */
  readonly prefix: string;
}

/** What stands in the bucket is not what was sent. */
export class NotVerified extends Error {
  override readonly name = "NotVerified";
}

const leastPartBytes = 16 * 1024 * 1024;
/** S3 takes 10,000 parts. */
const mostParts = 9000;
/** However slow the way is: a connection on which nothing moves for so long is dead. */
const silenceMs = 60_000;
/** Whoever stops does not wait longer for a store to forget what was half sent. */
const farewellMs = 5000;

export interface BucketLimits {
  readonly partBytes: number;
  readonly silenceMs: number;
}

export class Bucket {
  readonly #client: S3Client;
  readonly #settings: BucketSettings;
  readonly #partBytes: number;

  constructor(settings: BucketSettings, limits: BucketLimits = { partBytes: leastPartBytes, silenceMs }) {
    this.#settings = settings;
    this.#partBytes = limits.partBytes;
    const { endpoint, region, accessKeyId, secretAccessKey } = settings;
    this.#client = new S3Client({
      region,
      credentials: { accessKeyId, secretAccessKey },
      ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
      // Checksums of newer kinds are refused by many stores; Content-MD5 is understood by all.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: { connectionTimeout: 5000, socketTimeout: limits.silenceMs },
      maxAttempts: 2,
    });
  }

  /**
   * Resolves when the whole file is in the bucket under `<prefix><key>`: the store answered each part with its MD5 (as
   * ETag), and names the size of all of it. What stores make of the ETag of many parts differs. Throws NotVerified, or
   * what the store or the signal says. A bucket that encrypts with KMS keys answers no MD5 and is not believed.
   */
  async upload(path: string, key: string, contentType: string, signal: AbortSignal): Promise<void> {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const object = { Bucket: this.#settings.bucket, Key: this.#settings.prefix + key };
      const put = size <= this.#partBytes ? this.#putWhole : this.#putParts;
      await put.call(this, file, size, { ...object, ContentType: contentType }, signal);
      const head = await this.#client.send(new HeadObjectCommand(object), { abortSignal: signal });
      if (head.ContentLength !== size) throw new NotVerified("the copy in the bucket has another size");
    } finally {
      await file.close();
    }
  }

  /** Resolves also where there is nothing under the key. Throws what the store or the signal says. */
  async remove(key: string, signal: AbortSignal): Promise<void> {
    const object = { Bucket: this.#settings.bucket, Key: this.#settings.prefix + key };
    await this.#client.send(new DeleteObjectCommand(object), { abortSignal: signal });
  }

  close(): void {
    this.#client.destroy();
  }

  async #putWhole(file: FileHandle, size: number, object: NewObject, signal: AbortSignal): Promise<void> {
    const body = await readPart(file, 0, size);
    const md5 = md5Of(body);
    const command = new PutObjectCommand({ ...object, Body: body, ContentMD5: md5.toString("base64") });
    const sent = await this.#client.send(command, { abortSignal: signal });
    verify(sent.ETag, md5);
  }

  async #putParts(file: FileHandle, size: number, object: NewObject, signal: AbortSignal): Promise<void> {
    const partBytes = Math.max(this.#partBytes, Math.ceil(size / mostParts));
    const { ContentType: _, ...place } = object;
    const begun = await this.#client.send(new CreateMultipartUploadCommand(object), { abortSignal: signal });
    const upload = { ...place, UploadId: begun.UploadId };
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let at = 0; at < size; at += partBytes) {
        const body = await readPart(file, at, Math.min(partBytes, size - at));
        const md5 = md5Of(body);
        const part = {
          ...upload,
          PartNumber: parts.length + 1,
          Body: body,
          ContentMD5: md5.toString("base64"),
        };
        const sent = await this.#client.send(new UploadPartCommand(part), { abortSignal: signal });
        verify(sent.ETag, md5);
        parts.push({ PartNumber: part.PartNumber, ETag: sent.ETag });
      }
      const all = { ...upload, MultipartUpload: { Parts: parts } };
      await this.#client.send(new CompleteMultipartUploadCommand(all), { abortSignal: signal });
    } catch (error) {
      // What was sent so far would be kept, and paid for.
      const enough = AbortSignal.timeout(farewellMs);
      await this.#client
        .send(new AbortMultipartUploadCommand(upload), { abortSignal: enough })
        .catch(() => {});
      throw error;
    }
  }
}

interface NewObject {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
}

async function readPart(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const part = Buffer.allocUnsafe(bytes);
  const { bytesRead } = await file.read(part, 0, bytes, at);
  if (bytesRead < bytes) throw new Error("a file became shorter while it was uploaded");
  return part;
}

function verify(etag: string | undefined, md5: Buffer): void {
  if (etag?.replaceAll('"', "") !== md5.toString("hex"))
    throw new NotVerified("what stands in the bucket is not what was sent");
}

function md5Of(data: Buffer): Buffer {
  return createHash("md5").update(data).digest();
}
