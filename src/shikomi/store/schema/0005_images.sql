-- Images beside the pages, and what each file of the source is encoded in.

-- As the converter copied them: `stamp` is the source's then ('': not settled yet), `sha256` of its
-- bytes ('': they could not be read).
CREATE TABLE images (
  path TEXT PRIMARY KEY,
  source_path TEXT NOT NULL,
  stamp TEXT NOT NULL,
  sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which pages, as the converter made them, refer to which images.
CREATE TABLE page_images (
  path TEXT NOT NULL,
  image TEXT NOT NULL,
  PRIMARY KEY (path, image)
) STRICT, WITHOUT ROWID;

-- What is known of the source files is found anew, with their encoding.
DELETE FROM source_files;
ALTER TABLE source_files ADD COLUMN encoding TEXT NOT NULL DEFAULT '';
